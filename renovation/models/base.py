"""What rows of one neighbourhood share."""

from typing import ClassVar


class LiesInNeighbourhood:
    """Where a row lies, for territory and `changes/`: where its `lies_in` does, its neighbourhood or a row of that."""

    lies_in: ClassVar[str] = "neighbourhood"

    @property
    def community_code(self) -> str:
        code: str = getattr(self, self.lies_in).community_code
        return code

    @property
    def neighbourhood_code(self) -> str:
        code: str = getattr(self, self.lies_in).neighbourhood_code
        return code

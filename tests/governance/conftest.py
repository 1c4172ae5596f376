"""People whom several tests of governance share."""

from tests.governance.party_cast import deputy_secretary

__all__ = ["deputy_secretary"]

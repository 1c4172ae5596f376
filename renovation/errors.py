"""Each refusal of the registry, by its code."""

from common.errors import DomainError


class InUse(DomainError):
    code = "in_use"


class NotOneStairwell(DomainError):
    code = "not_one_stairwell"


class CommunityFull(DomainError):
    code = "community_full"


class NothingToRevert(DomainError):
    code = "nothing_to_revert"


class ImportInUse(DomainError):
    code = "import_in_use"


class NoFileKept(DomainError):
    code = "no_file_kept"
    status = 410


class FileTooLarge(DomainError):
    code = "file_too_large"
    status = 413

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


class MenuDayPast(DomainError):
    code = "menu_day_past"


class MenuDayTaken(DomainError):
    code = "menu_day_taken"


class MenuMoved(DomainError):
    code = "menu_moved"


class MenuUnchanged(DomainError):
    code = "menu_unchanged"

"""Each refusal of the registry, by its code."""

from common.errors import DomainError


class InUse(DomainError):
    code = "in_use"


class NotOneStairwell(DomainError):
    code = "not_one_stairwell"


class CommunityFull(DomainError):
    code = "community_full"

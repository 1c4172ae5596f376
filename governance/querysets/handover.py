from governance.querysets.base import GovernedQuerySet


class OfHandoverQuerySet(GovernedQuerySet):
    path = "handover__neighbourhood__"

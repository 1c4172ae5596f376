"""The plan of works: drafts, their items, and the revisions that they are frozen into (workflow.md, States 9, 10)."""

from renovation.services.plans.drafts import describe_draft, discard_draft, open_draft
from renovation.services.plans.evidence import push_residents_share
from renovation.services.plans.freezing import bring_into_force, freeze_plan
from renovation.services.plans.items import remove_item, set_item

__all__ = [
    "bring_into_force",
    "describe_draft",
    "discard_draft",
    "freeze_plan",
    "open_draft",
    "push_residents_share",
    "remove_item",
    "set_item",
]

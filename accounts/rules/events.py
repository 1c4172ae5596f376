"""What a change is called in webhooks: `<thing>.<what happened>`, of its resource, its action and the act behind it.

A row that is made is `created` and one that goes is `deleted`. A change of a row has the name of what was done where
that is news of its own, such as `survey.closed`, and is `updated` otherwise.
"""

from collections.abc import Iterable

from accounts.rules.roles import RESOURCE_ACTS

NAMED: dict[str, dict[str, str]] = {
    "neighbourhoods": {
        "stage_moved": "stage_moved",
        "support_fell": "support_fell",
        "support_recovered": "support_recovered",
    },
    "households": {"retired": "retired"},
    "roster-imports": {"done": "done", "refused": "refused", "reverted": "reverted"},
    "surveys": {
        "survey_closed": "closed",
        "round_closed": "round_closed",
        "roll_add": "roll_amended",
        "roll_remove": "roll_amended",
        "photo_added": "photo_added",
    },
    "notices": {"notice_closed": "closed", "notice_replaced": "replaced"},
    "objections": {"objection_answered": "answered"},
    "receipt-contests": {"receipt_contest_answered": "answered"},
    "votes": {
        "vote_closed": "closed",
        "vote_cancelled": "cancelled",
        "vote_challenged": "challenged",
        "vote_challenge_decided": "challenge_decided",
    },
    "workshops": {"workshop_held": "held", "workshop_cancelled": "cancelled", "decision_added": "decision_added"},
    "workshop-tasks": {"workshop_task_settled": "settled"},
    "plans": {"plan_frozen": "frozen", "plan_in_force": "came_into_force"},
    "change-requests": {"change_approved": "approved", "change_refused": "refused"},
    "funding-commitments": {"money_reversed": "reversed"},
    "funding-receipts": {"money_reversed": "reversed"},
    "funding-payments": {"money_reversed": "reversed"},
    "award-tranches": {"award_advanced": "advanced"},
    "work-packages": {"package_moved": "moved", "progress_reported": "progress_reported"},
    "site-photos": {"site_photo_published": "published", "site_photo_withdrawn": "withdrawn"},
    "defects": {
        "defect_rectified": "rectified",
        "defect_recheck_passed": "recheck_passed",
        "defect_recheck_failed": "recheck_failed",
    },
    "evaluations": {"answers_recorded": "answers_recorded", "evaluation_closed": "closed"},
    "bodies": {"body_filed": "filed", "body_renewed": "renewed", "body_ended": "ended"},
    "memberships": {"membership_ended": "ended"},
    "managements": {"management_ended": "ended"},
    "conventions": {
        "convention_drafted": "drafted",
        "convention_adopted": "adopted",
        "convention_filed": "filed",
        "convention_withdrawn": "withdrawn",
    },
    "convention-signatures": {"convention_signature_withdrawn": "withdrawn"},
    "party-members": {"member_ended": "ended"},
    "responsibility-areas": {"area_ended": "ended"},
    "point-rules": {"point_rule_ended": "ended"},
    "service-records": {
        "service_approved": "approved",
        "service_rejected": "rejected",
        "points_reversed": "points_reversed",
    },
    "handovers": {"handover_signature": "signature_recorded", "handover_signed": "signed"},
    "service-withdrawals": {"withdrawal_postponed": "postponed", "service_withdrawn": "withdrawn"},
    "inspections": {"finding_added": "finding_added", "inspection_done": "done"},
    "upkeep-tasks": {
        "upkeep_task_done": "done",
        "upkeep_task_verified": "verified",
        "upkeep_task_sent_back": "sent_back",
        "upkeep_task_dropped": "dropped",
    },
    "contests": {"contest_closed": "closed"},
    "notice-boards": {"board_taken_down": "taken_down"},
    "fee-schedules": {"fee_schedule_ended": "ended"},
    "fee-liabilities": {"fee_liability_ended": "ended"},
    "fee-reductions": {
        "fee_reduction_approved": "approved",
        "fee_reduction_refused": "refused",
        "fee_reduction_withdrawn": "withdrawn",
    },
    "billing-runs": {"bills_posted": "posted", "billing_failed": "failed"},
    "bills": {"bill_voided": "voided"},
    "month-closings": {"month_reopened": "reopened"},
    "purse-entries": {"purse_entry_reversed": "reversed"},
    "payment-orders": {"payment_order_paid": "paid", "payment_order_closed": "closed"},
    "fee-statements": {"statement_matched": "matched"},
    "vehicles": {"vehicle_ended": "ended"},
    "parking-passes": {"parking_pass_ended": "ended"},
    "parking-sessions": {"vehicle_left": "left"},
}
"""For each resource, the acts with a name of their own and that name."""

ACTIONS = ("created", "updated", "deleted")
EVERYTHING = "*"
TEST = "webhook.test"
"""What is sent to try an address; nobody subscribes to it."""

_ONE_OF = {"parking-passes": "parking_pass"}


def thing_of(resource: str) -> str:
    """One of a resource, as event types name it: `fee_liability` of `fee-liabilities`."""
    if resource in _ONE_OF:
        return _ONE_OF[resource]
    one = f"{resource[:-3]}y" if resource.endswith("ies") else resource.removesuffix("s")
    return one.replace("-", "_")


def event_of(resource: str, act: str) -> str:
    """The event type of an act that has a name of its own; empty where the change is known by its action alone."""
    happened = NAMED.get(resource, {}).get(act)
    return f"{thing_of(resource)}.{happened}" if happened else ""


def event_by_action(resource: str, action: str) -> str:
    """The event type of a change behind which stands no named act."""
    return f"{thing_of(resource)}.{action}"


def matches(patterns: Iterable[str], event: str) -> bool:
    """Whether a type is among those asked for: by its whole name, by `<thing>.*`, or by `*`."""
    asked = set(patterns)
    return bool(asked & {event, f"{event.partition('.')[0]}.*", EVERYTHING})


def resources_of(patterns: Iterable[str]) -> frozenset[str]:
    """The resources whose changes may match: the others need not be read."""
    asked = set(patterns)
    things = {pattern.partition(".")[0] for pattern in asked}
    return frozenset(name for name in RESOURCE_ACTS if EVERYTHING in asked or thing_of(name) in things)


TYPES: tuple[str, ...] = tuple(
    sorted(
        {event_by_action(resource, action) for resource in RESOURCE_ACTS for action in ACTIONS}
        | {event_of(resource, act) for resource, acts in NAMED.items() for act in acts}
    )
)
"""Every event type there is, of whatever `changes/` tells."""

PATTERNS: tuple[str, ...] = (EVERYTHING, *sorted(f"{thing_of(name)}.*" for name in RESOURCE_ACTS), *TYPES)
"""What a webhook may ask for."""

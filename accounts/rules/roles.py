"""The one table of what each role may do (design.md, Roles). The pages, the API, the admin, docs and tests read it.

Values are those of `choices.Role`, `choices.Act` and `choices.Access`, as text: rules know no framework.
"""

_COLUMNS = (
    "city_official",
    "district_official",
    "community_staff",
    "grid_worker",
    "committee_member",
    "party_secretary",
    "property_clerk",
    "auditor",
    "admin",
)

_READ, _WRITE, _NONE = "read", "write", "none"

#           city      district  community grid      committee     secretary clerk        auditor   admin
_ROWS = {
    "registry": (_READ, _READ, _WRITE, _READ, _READ, _READ, _READ, _READ, "masked"),
    "personal_fields": ("reason", "reason", _READ, _READ, "reveal", _NONE, "customers", _NONE, _NONE),
    "consent_policies": (_WRITE, _WRITE, _READ, _READ, _READ, _READ, _NONE, _READ, _WRITE),
    "menu": (_WRITE, _READ, _READ, _READ, _READ, _READ, _READ, _READ, _WRITE),
    "surveys": (_READ, _READ, _WRITE, _READ, _READ, _READ, "published", _READ, "masked"),
    "doors": ("reason", "reason", _READ, _READ, "open_round", _NONE, _NONE, "reason", _NONE),
    "receipt_contests": ("totals", "totals", _WRITE, _NONE, _NONE, _NONE, _NONE, "totals", _NONE),
    "plans": (_READ, _WRITE, _READ, _READ, _READ, _READ, _READ, _READ, "masked"),
    "contributions": ("totals", "totals", _WRITE, _READ, _WRITE, _NONE, _NONE, "totals", _NONE),
    "site_reports": (_READ, _WRITE, _WRITE, _WRITE, _WRITE, _READ, _READ, _READ, "masked"),
    "evaluations": (_READ, _READ, _WRITE, _READ, _READ, _READ, _READ, _READ, "masked"),
    "votes": (_READ, _READ, _WRITE, _READ, _WRITE, _READ, _READ, _READ, "masked"),
    "ballots": ("reason", "reason", _WRITE, _NONE, _WRITE, _NONE, _NONE, "reason", _NONE),
    "bodies": (_READ, _READ, _WRITE, _READ, _WRITE, "party", _READ, _READ, "masked"),
    "signatures": ("totals", "totals", _WRITE, _READ, _WRITE, _NONE, _NONE, "totals", _NONE),
    "workshops": (_READ, _READ, _WRITE, _READ, _WRITE, _WRITE, _READ, _READ, "masked"),
    "party_members": ("totals", "totals", _WRITE, _NONE, _NONE, _WRITE, _NONE, "totals", _NONE),
    "party_points": ("totals", "totals", _NONE, _NONE, _NONE, _WRITE, _NONE, "totals", _NONE),
    "upkeep": (_READ, _READ, _WRITE, _WRITE, _WRITE, _READ, _WRITE, _READ, "masked"),
    "fees": (_READ, _READ, _READ, _NONE, "totals", _NONE, _WRITE, _READ, "masked"),
    "fee_reductions": (_READ, _READ, _WRITE, _NONE, _WRITE, _NONE, _WRITE, _READ, "masked"),
    "overview": (_READ, _READ, _READ, _NONE, _NONE, _NONE, _NONE, _READ, "masked"),
}

TABLE: dict[str, dict[str, str]] = {act: dict(zip(_COLUMNS, row, strict=True)) for act, row in _ROWS.items()}

ROUNDS_LOGGED: dict[str, frozenset[int]] = {
    "community_staff": frozenset({1, 2, 3}),
    "grid_worker": frozenset({2, 3}),
    "committee_member": frozenset({1, 3}),
}
"""The rounds whose visits a role may log. Who stood at the door is another question (`consent.rules.rounds`)."""

LOGS_OUT_OF_ROUND = frozenset({"community_staff"})

STAGE_MOVES: dict[str, frozenset[int | str]] = {
    "city_official": frozenset({8}),
    "district_official": frozenset({7, 9, 10, 11, 12, "suspended", "withdrawn"}),
    "community_staff": frozenset({0, 1, 2, 3, 4, 5, 6, 13, 14}),
}
"""The stages to which a role may move a neighbourhood, by their number in workflow.md, the side states by name; 15
comes by itself. Back from `suspended` moves who may suspend."""

EVIDENCE_RECORDED: dict[str, frozenset[str]] = {
    "city_official": frozenset({"annual_plan"}),
    "district_official": frozenset(
        {
            "assessment_confirmed",
            "precondition_4_district",
            "must_do_waived",
            "plan_priced",
            "contractor",
            "supervisor",
            "works_done",
            "inspections",
            "acceptance",
            "completion_file",
            "warranties",
        }
    ),
    "community_staff": frozenset(
        {
            "assessment",
            "party_organisation",
            "owners_committee",
            "filing_receipt",
            "precondition_1",
            "precondition_2",
            "precondition_3",
            "result_notice",
            "application",
            "plan_notice",
            "votes",
            "residents_share",
            "illegal_structures",
            "evaluation",
            "manager",
            "asset_list",
            "handover",
        }
    ),
    "committee_member": frozenset({"precondition_4", "precondition_5"}),
}
"""The evidence that a role records by its own act (workflow.md; policy.md c for the preconditions). What is in no
set is pushed down by the app that knows it."""

OVERRIDES_GUARDS = frozenset({"district_official"})
"""Who may ask for a guard to be overridden, and confirm what another one of them asked for."""

SCOPE_AREAS: dict[str, str] = {
    "registry": "registry",
    "personal_fields": "registry",
    "consent_policies": "consent",
    "menu": "plans",
    "surveys": "consent",
    "doors": "consent",
    "receipt_contests": "consent",
    "plans": "plans",
    "contributions": "plans",
    "site_reports": "plans",
    "evaluations": "plans",
    "votes": "consent",
    "ballots": "consent",
    "bodies": "governance",
    "signatures": "governance",
    "workshops": "governance",
    "party_members": "governance",
    "party_points": "governance",
    "upkeep": "governance",
    "fees": "fees",
    "fee_reductions": "fees",
    "overview": "reports",
}
"""The OAuth scope area that carries each act for an API client (api.md, Conventions)."""

RESOURCE_ACTS: dict[str, str] = {
    "divisions": "registry",
    "neighbourhoods": "registry",
    "buildings": "registry",
    "stairwells": "registry",
    "households": "registry",
    "owners": "registry",
    "ownerships": "registry",
    "parking-spaces": "registry",
    "roster-imports": "registry",
    "consent-policies": "consent_policies",
    "menu-editions": "menu",
    "surveys": "surveys",
    "visits": "doors",
    "plans": "plans",
    "plan-items": "plans",
    "funding-sources": "plans",
    "funding-commitments": "plans",
    "funding-receipts": "plans",
    "funding-payments": "plans",
    "award-tranches": "plans",
    "work-packages": "plans",
    "change-requests": "plans",
    "acceptances": "plans",
    "warranties": "plans",
    "completion-filings": "plans",
    "site-reports": "site_reports",
    "site-photos": "site_reports",
    "defects": "site_reports",
    "evaluations": "evaluations",
    "notices": "surveys",
    "objections": "surveys",
    "receipt-contests": "receipt_contests",
    "procedure-rules": "votes",
    "votes": "votes",
    "ballots": "ballots",
    "workshops": "workshops",
    "workshop-tasks": "workshops",
    "announcements": "workshops",
    "bodies": "bodies",
    "memberships": "bodies",
    "managements": "bodies",
    "conventions": "bodies",
    "convention-signatures": "signatures",
    "party-members": "party_members",
    "responsibility-areas": "party_members",
    "member-reports": "party_members",
    "service-records": "party_points",
    "point-rules": "party_points",
    "handovers": "bodies",
    "service-withdrawals": "bodies",
    "inspections": "upkeep",
    "upkeep-tasks": "upkeep",
    "contests": "upkeep",
    "notice-boards": "upkeep",
    "fee-schedules": "fees",
    "fee-liabilities": "fees",
    "fee-reductions": "fee_reductions",
    "fee-accounts": "fees",
    "billing-runs": "fees",
    "bills": "fees",
    "payments": "fees",
    "payment-reversals": "fees",
    "fee-refunds": "fees",
    "month-closings": "fees",
    "reminders": "fees",
    "fee-statements": "fees",
    "payment-orders": "fees",
    "vehicles": "fees",
    "parking-passes": "fees",
    "parking-sessions": "fees",
    "purse-entries": "fees",
    "fee-disclosures": "fees",
}
"""The act that reading each resource of `changes/` takes. Changes of other resources are shown to nobody."""

BELOW_A_BUILDING = frozenset({"buildings", "stairwells", "households", "ownerships", "visits", "convention-signatures"})
"""Resources that lie in a building, so in its grid, or in every grid of the community where it has none."""

SEEN_FROM_BELOW = frozenset({"divisions", "consent-policies", "menu-editions", "point-rules"})
"""Resources that lie at a division and are read from every place in it: a city's policy binds its communities. What
lies nowhere, as the menu does, is read everywhere."""


def access_of(role: str, act: str) -> str:
    """How far `act` goes for `role`: a value of `choices.Access`."""
    return TABLE[act][role]


def access_of_scopes(scopes: frozenset[str], act: str) -> str:
    """How far `act` goes for an API client with these scopes. A write scope reads too."""
    area = SCOPE_AREAS[act]
    if f"{area}:write" in scopes:
        return _WRITE
    return _READ if f"{area}:read" in scopes else _NONE


def roles_that_write(act: str) -> frozenset[str]:
    """The roles that do `act`, and not only read of it."""
    return frozenset(role for role, access in TABLE[act].items() if access == _WRITE)


def roles_for_stage(stage: int | str) -> frozenset[str]:
    """The roles that may move a neighbourhood to a stage, by its number or the name of a side state."""
    return frozenset(role for role, stages in STAGE_MOVES.items() if stage in stages)


def roles_for_evidence(kind: str) -> frozenset[str]:
    """The roles that record a kind of evidence; none where an app pushes it down."""
    return frozenset(role for role, kinds in EVIDENCE_RECORDED.items() if kind in kinds)

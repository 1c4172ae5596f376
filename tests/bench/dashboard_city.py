"""A city for the bench of the dashboard, by statements: what the page reads is there in the numbers of a city, and the
tallies are those of half a million visits; the visits themselves are grown by the bench.
"""

import os
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

DATABASE = "bench_dashboard"
NEIGHBOURHOODS, HOUSEHOLDS = 2_022, 265_000

STAGES = {
    "registered": 186, "assessed": 142, "mobilising": 118, "organised": 96, "consenting": 173, "consented": 64,
    "deferred": 41, "ready": 38, "applied": 52, "planned": 77, "designed": 69, "under_works": 214, "works_done": 83,
    "accepted": 71, "evaluated": 58, "handed_over": 132, "long_term": 401, "suspended": 5, "withdrawn": 2,
}  # fmt: skip
"""How many stand where: the example of the look."""

UNCHECKED = "SET LOCAL session_replication_role = replica;\n"
"""No triggers and no keys: the rows are consistent by how they are made, and are thrown away."""

REGISTRY = """
INSERT INTO renovation_building (created_at, updated_at, version, neighbourhood_id, community_code, number, grid)
SELECT now(), now(), 1, place.id, place.community_code, number::text, ''
FROM renovation_neighbourhood place, generate_series(1, 9) AS number;
INSERT INTO renovation_stairwell (created_at, updated_at, version, building_id, community_code, number)
SELECT now(), now(), 1, id, community_code, '1' FROM renovation_building;
INSERT INTO renovation_household (created_at, updated_at, version, neighbourhood_id, building_id, stairwell_id,
    community_code, unit_number, floor, gross_floor_area, use, tenure_type, occupancy, head_name, phones, remarks)
SELECT now(), now(), 1, building.neighbourhood_id, building.id, stairwell.id, building.community_code,
    (door / 2 + 1) || '0' || (door %% 2 + 1), door / 2 + 1, 86.5, 'residential', 'commodity', 'owner', '', '{}', ''
FROM renovation_building building JOIN renovation_stairwell stairwell ON stairwell.building_id = building.id,
    generate_series(0, 14) AS door
LIMIT %(households)s;
"""

SURVEYS = """
INSERT INTO consent_survey (created_at, updated_at, version, ledger, tree_size, tree_edge, root_hash, last_recorded_at,
    neighbourhood_id, community_code, number, title, opened_at, opened_by_id, policy_id, pass_share, count_vacant,
    count_verbal, menu_edition_id, roll_size, has_open_round, closed_at, closed_by_id, close_reason, revisit_on,
    verdict, result)
SELECT now(), now(), 1, gen_random_uuid(), 0, '{}', '', now() - interval '3 days', place.id, place.community_code, 1,
    '', now() - interval '200 days', %(user)s, %(policy)s, 0.95, TRUE, FALSE, %(menu)s,
    (SELECT count(*) FROM renovation_household WHERE neighbourhood_id = place.id), place.stage = 'consenting',
    CASE WHEN place.stage <> 'consenting' THEN now() - interval '100 days' END,
    CASE WHEN place.stage <> 'consenting' THEN %(user)s END, '',
    CASE WHEN place.stage = 'deferred' THEN (now() + (place.id %% 60 - 30) * interval '1 day')::date END,
    CASE place.stage WHEN 'consenting' THEN 'open' WHEN 'deferred' THEN 'failed' ELSE 'passed' END,
    CASE WHEN place.stage <> 'consenting' THEN '{}'::jsonb END
FROM renovation_neighbourhood place
WHERE place.stage NOT IN ('registered', 'assessed', 'mobilising', 'organised', 'withdrawn');
INSERT INTO consent_round (survey_id, number, opened_at, closed_at, close_reason, listed_count, visited_count,
    contacted_count)
SELECT id, step, opened_at + step * interval '10 days',
    CASE WHEN verdict <> 'open' OR step < 1 + id %% 3 THEN opened_at + step * interval '20 days' END, '',
    roll_size / step, roll_size / (step + 1), roll_size / (step + 1)
FROM consent_survey, generate_series(1, 3) AS step WHERE verdict <> 'open' OR step <= 1 + id %% 3;
INSERT INTO consent_rollentry (survey_id, household_id, building_id, stairwell_number, unit_number, owners, door_hash,
    on_roll)
SELECT survey.id, household.id, household.building_id, '1', household.unit_number, '[]', int8send(household.id), TRUE
FROM consent_survey survey JOIN renovation_household household ON household.neighbourhood_id = survey.neighbourhood_id;
INSERT INTO consent_tally (survey_id, building_id, round, value, counts, excluded, contacted, households)
SELECT survey.id, building.id, round, value, value = 'supports', FALSE, value <> 'no_answer',
    CASE WHEN value = 'supports' THEN 8 - 2 * round ELSE 1 END
FROM consent_survey survey JOIN renovation_building building ON building.neighbourhood_id = survey.neighbourhood_id,
    generate_series(1, 3) AS round, unnest(ARRAY['supports', 'not_yet', 'opposes', 'no_answer']) AS value;
INSERT INTO consent_visit (survey_id, sequence, client_id, door_id, round, outcome, given, respondent, visited_at,
    recorded_at, recorded_by_id, party, menu_items, reasons, has_note, out_of_round, private_hash, leaf_hash)
SELECT survey_id, row_number() OVER (PARTITION BY survey_id ORDER BY id) - 1, gen_random_uuid(), id, 1, 'no_answer',
    '', '', now() - interval '90 days', now() - interval '90 days', %(user)s, '{grid}', '{}', '{}', FALSE, FALSE, '', ''
FROM consent_rollentry WHERE id %% 4 = 0;
"""

MONEY = """
INSERT INTO renovation_renovationplan (created_at, updated_at, version, neighbourhood_id, number, menu_edition_id,
    state, reason, document, item_count, total, digest, notice_needed, frozen_at, in_force_at)
SELECT now(), now(), 1, id, 1, %(menu)s, 'draft', '', '', 12, 12000000, '', TRUE, NULL, NULL
FROM renovation_neighbourhood WHERE stage = ANY(%(planned)s);
INSERT INTO renovation_planitem (created_at, updated_at, version, plan_id, menu_item_id, quantity, unit_price, amount,
    contractor, note)
SELECT now(), now(), 1, plan.id, item.id, 1, 1000000, 1000000, '', ''
FROM renovation_renovationplan plan, renovation_menuitem item;
INSERT INTO renovation_fundingsource (created_at, updated_at, version, neighbourhood_id, kind, name, route,
    floor_weights, document)
SELECT now(), now(), 1, place.neighbourhood_id, kind, kind, CASE kind WHEN 'residents' THEN 'by_household' ELSE '' END,
    '{}', ''
FROM renovation_renovationplan place,
    unnest(ARRAY['central', 'provincial', 'municipal', 'district', 'award', 'residents']) AS kind;
INSERT INTO renovation_fundingshare (plan_item_id, source_id, weight, planned)
SELECT item.id, source.id, 1, 500000
FROM renovation_planitem item JOIN renovation_renovationplan plan ON plan.id = item.plan_id
JOIN renovation_fundingsource source ON source.neighbourhood_id = plan.neighbourhood_id
    AND (source.id + item.menu_item_id) %% 3 = 0;
UPDATE renovation_renovationplan SET state = 'frozen', digest = 'x', frozen_at = now() - interval '90 days',
    in_force_at = now() - interval '80 days';
INSERT INTO renovation_fundingentry (source_id, step, amount, payer, payer_may_be_named, document, dated_on, reason,
    recorded_at)
SELECT source.id, step, 1000 + number, '', FALSE, 'x', current_date - 60, '', now() - interval '60 days'
FROM renovation_fundingsource source, unnest(ARRAY['committed', 'received', 'spent']) AS step,
    generate_series(1, CASE WHEN source.kind = 'residents' AND step <> 'spent' THEN 130 ELSE 3 END) AS number;
INSERT INTO renovation_awardtranche (created_at, updated_at, version, source_id, number, amount, state)
SELECT now(), now(), 1, id, 1, 100000, CASE WHEN id %% 2 = 0 THEN 'planned' ELSE 'paid' END
FROM renovation_fundingsource WHERE kind = 'award';
"""

WORKS = """
INSERT INTO renovation_workpackage (created_at, updated_at, version, neighbourhood_id, number, name, contractor,
    contract_document, supervisor, starts_on, ends_on, state)
SELECT now(), now(), 1, place.id, number, 'x', '', '', '', current_date - 100,
    current_date + ((place.id * 7 + number * 31) %% 200)::int - 20,
    CASE WHEN place.stage = 'under_works' THEN 'running' ELSE 'accepted' END
FROM renovation_neighbourhood place, generate_series(1, 3) AS number WHERE place.stage = ANY(%(built)s);
INSERT INTO renovation_packageitem (package_id, menu_item_id, done_share)
SELECT package.id, item.id, CASE package.state WHEN 'accepted' THEN 1 ELSE (package.id %% 10) / 10.0 END
FROM renovation_workpackage package, renovation_menuitem item WHERE item.id %% 3 = package.number - 1;
INSERT INTO renovation_defect (created_at, updated_at, version, neighbourhood_id, severity, text, contractor, found_on,
    after_acceptance, state)
SELECT now(), now(), 1, place.id, CASE WHEN (place.id + number) %% 9 = 0 THEN 'safety' ELSE 'minor' END, 'x', '',
    current_date - number, FALSE, CASE WHEN (place.id + number) %% 3 = 0 THEN 'open' ELSE 'closed' END
FROM renovation_neighbourhood place, generate_series(1, 3) AS number WHERE place.stage = ANY(%(built)s);
"""

THINGS = """
INSERT INTO consent_publicnotice (created_at, updated_at, version, neighbourhood_id, kind, title, text, place,
    posted_on, ends_on, posting_photo, posted_by_id, state, closed_at, closing_photo, closing_note)
SELECT now(), now(), 1, survey.neighbourhood_id, 'fee_change', 'x', 'x', 'x', current_date - 10 * step,
    current_date - 10 * step + 8, '', %(user)s, CASE WHEN open THEN 'posted' ELSE 'closed' END,
    CASE WHEN NOT open THEN now() - interval '1 day' END, '', ''
FROM consent_survey survey, generate_series(0, 1) AS step,
    LATERAL (SELECT (survey.id + step) %% 20 = 0 AS open) AS state;
INSERT INTO consent_objection (created_at, updated_at, version, notice_id, raised_on, raised_by, text, state, answer,
    answered_on, recorded_by_id)
SELECT now(), now(), 1, id, posted_on + 1, '', 'x', CASE WHEN open THEN 'open' ELSE 'answered' END,
    CASE WHEN open THEN '' ELSE 'x' END, CASE WHEN NOT open THEN posted_on + 2 END, %(user)s
FROM consent_publicnotice, LATERAL (SELECT state = 'posted' AND id %% 2 = 0 AS open) AS state WHERE id %% 3 < 2;
INSERT INTO consent_ownersvote (created_at, updated_at, version, ledger, tree_size, tree_edge, root_hash,
    neighbourhood_id, number, matter, title, text, scope, needed_by_plan, silent_votes, count_spaces, starts_on,
    ends_on, opened_at, opened_by_id, closed_at, closed_by_id, counted_by, verdict, result, cancel_reason)
SELECT now(), now(), 1, gen_random_uuid(), 0, '{}', '', survey.neighbourhood_id, 1, 9, 'x', '', 'neighbourhood', TRUE,
    FALSE, FALSE, current_date - 40, current_date + (survey.id %% 30)::int, now() - interval '40 days', %(user)s,
    CASE WHEN NOT open THEN now() - interval '5 days' END, CASE WHEN NOT open THEN %(user)s END, '',
    CASE WHEN open THEN 'open' ELSE 'passed' END, CASE WHEN NOT open THEN '{}'::jsonb END, ''
FROM consent_survey survey, LATERAL (SELECT survey.id %% 25 = 0 AS open) AS state WHERE verdict = 'passed';
INSERT INTO governance_body (created_at, updated_at, version, neighbourhood_id, kind, name, purpose, founded_on,
    document, filed_with, filing_document, term_starts_on, term_ends_on, contract_document, end_reason)
SELECT now(), now(), 1, id, kind, kind, '', current_date - 900, '', '', '', current_date - 900,
    current_date + (id * 11 %% 1000)::int + 1, '', ''
FROM renovation_neighbourhood, unnest(ARRAY['owners_committee', 'property_company']) AS kind
WHERE stage NOT IN ('registered', 'assessed', 'mobilising');
INSERT INTO renovation_evidence (neighbourhood_id, kind, facts, document, revoked, reason, at)
SELECT survey.neighbourhood_id, kind, CASE kind WHEN 'support_rate' THEN %(rate)s::jsonb WHEN 'survey_result'
    THEN %(rate)s::jsonb WHEN 'result_notice' THEN %(notice)s::jsonb ELSE '{}'::jsonb END, 'x', FALSE, '',
    now() - interval '50 days'
FROM consent_survey survey, unnest(ARRAY['survey_result', 'support_rate', 'precondition_1', 'precondition_2',
    'precondition_3', 'precondition_4', 'result_notice', 'assessment', 'party_organisation', 'owners_committee',
    'filing_receipt', 'application', 'annual_plan', 'plan_priced', 'plan_notice', 'votes']) AS kind
WHERE verdict = 'passed';
INSERT INTO renovation_stagechange (neighbourhood_id, from_stage, to_stage, at, reason, figures)
SELECT id, 'registered', stage, stage_since, '', '{}' FROM renovation_neighbourhood, generate_series(1, 10);
"""

FEES = """
INSERT INTO governance_billedtally (neighbourhood_id, kind, starts_on, ends_on, bill_count, amount, reduction)
SELECT place.id, kind, month::date, (month + interval '1 month - 1 day')::date, 130, 13000, 100
FROM renovation_neighbourhood place, unnest(ARRAY['property', 'parking']) AS kind,
    generate_series(%(first)s::date, %(last)s::date, interval '1 month') AS month
WHERE place.stage IN ('handed_over', 'long_term');
INSERT INTO governance_settledtally (neighbourhood_id, kind, starts_on, ends_on, day, amount)
SELECT neighbourhood_id, kind, starts_on, ends_on, starts_on + number, 350 + neighbourhood_id %% 200
FROM governance_billedtally, generate_series(3, 27) AS number;
"""

KEPT = """
INSERT INTO overview_neighbourhoodday ({columns}, day)
SELECT {columns}, copied FROM overview_neighbourhoodday, unnest(%(days)s::date[]) AS copied;
INSERT INTO overview_communityday ({sums}, day)
SELECT {sums}, copied FROM overview_communityday, unnest(%(days)s::date[]) AS copied;
INSERT INTO overview_keptday (day, made_at, cursor, final)
SELECT day, now(), 0, TRUE FROM unnest(%(days)s::date[]) AS day
"""

PLANNED = ("planned", "designed", "under_works", "works_done", "accepted", "evaluated", "handed_over", "long_term")
BUILT = PLANNED[2:]
RATE = '{"households": 135, "excluded": 0, "supports": 130, "pass_share": "0.9500"}'
NOTICE = '{"posted_on": "2026-01-01", "ends_on": "2026-01-09", "objections": 0, "objections_answered": 0}'


def set_up(*, is_located: bool = True) -> Any:
    """The database, and the official of the city. `is_located` says whether coordinates are known of everybody."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    tear_down()
    on_server(f"CREATE DATABASE {DATABASE} ENCODING 'UTF8' TEMPLATE template0")
    connection.settings_dict["NAME"] = DATABASE
    call_command("migrate", verbosity=0)
    from accounts.choices import Role
    from tests.consent.casts import make_policy
    from tests.factories import make_menu_edition, make_user

    user = make_user(Role.CITY_OFFICIAL, "4205", username="city")
    menu = make_menu_edition(codes=tuple(f"B{number:02}" for number in range(1, 13)))
    policy = make_policy()
    _neighbourhoods(is_located=is_located)
    today = timezone.localdate()
    values = {
        "user": user.pk, "menu": menu.pk, "policy": policy.pk, "households": HOUSEHOLDS, "rate": RATE,
        "notice": NOTICE, "planned": list(PLANNED), "built": list(BUILT), "first": date(today.year - 1, 1, 1),
        "last": today.replace(day=1),
    }  # fmt: skip
    for statements in (REGISTRY, SURVEYS, MONEY, WORKS, THINGS, FEES):
        execute(UNCHECKED + statements, values)
    return user


def _neighbourhoods(*, is_located: bool) -> None:
    from django.utils import timezone

    from renovation.models import Neighbourhood
    from tests.factories import make_division

    communities = [
        make_division(f"4205{district:02}{street:03}{number:03}")
        for district in range(2, 15)
        for street in range(1, 5)
        for number in range(1, 5)
    ]
    stages = [stage for stage, count in STAGES.items() for _number in range(count)]
    Neighbourhood.objects.bulk_create(
        Neighbourhood(
            community=(community := communities[number % len(communities)]),
            community_code=community.code,
            code=f"{community.code}-{number // len(communities) + 1:03}",
            name=f"小区{number}",
            stage=stage,
            stage_since=timezone.now() - timedelta(days=number % 120),
            longitude=Decimal(1_110_000 + number * 7_919 % 6_000) / 10_000 if is_located else None,
            latitude=Decimal(302_000 + number * 104_729 % 9_000) / 10_000 if is_located else None,
        )
        for number, stage in enumerate(stages)
    )


def copy_days(days: list[date]) -> None:
    """The rows of today, and their sums, as those of other days: as many, and as wide."""
    from overview.models import CommunityDay, NeighbourhoodDay

    rows, sums = (
        ", ".join(field.column for field in model._meta.concrete_fields if field.name not in ("id", "day"))
        for model in (NeighbourhoodDay, CommunityDay)
    )
    execute(KEPT.format(columns=rows, sums=sums), {"days": days})


def tear_down() -> None:
    from django.db import connection

    connection.close()
    on_server(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def on_server(statement: str) -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement)


def execute(statement: str, parameters: Any = None) -> None:
    from django.db import connection, transaction

    if statement.startswith("VACUUM"):
        with connection.cursor() as cursor:
            cursor.execute(statement)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)

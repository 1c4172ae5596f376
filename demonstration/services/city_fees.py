"""Fees of the large city's neighbourhoods that were handed over: a year of bills by the runs that users post, and what
was paid on them by statements over sets.

A home's bills of a quarter are paid together, once, on a day of its first month: of later months by the credit that a
run would have found. So credit is 0 in the end, and the book holds as if it had been played.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from demonstration.rules.fees import METHODS, REFERENCES
from demonstration.rules.sign_ins import SignIn
from demonstration.services.planner import tell_planner
from demonstration.services.replay import moment
from demonstration.services.sign_ins import LONG_AGO, make_users
from governance.choices.fees import FeeBasis, FeeKind, RunMode
from governance.models import Bill, FeeSchedule
from governance.rules.fees.periods import add_months
from governance.services.fees.billing import keep_run, run_billing
from renovation.models import Neighbourhood

MONTHS = 12
CLERK = "clerk-city"
MANAGED = ("handed_over", "long_term")
PRICES = ("0.35", "0.40", "0.45", "0.50", "0.60")
SPACE_PRICES = ("50", "60", "80")
DOCUMENT = "示范物业合同（虚构）"
POSTED = time(9, 5)

# A hash of two bytes to a home: below its neighbourhood's share it pays. Four neighbourhoods of five collect well.
PAYING = """
CREATE TEMPORARY TABLE demonstration_payer ON COMMIT DROP AS
SELECT home.id AS household_id, home.neighbourhood_id,
       (get_byte(dice, 0) * 256 + get_byte(dice, 1)) / 65536.0 AS rank, place.share,
       row_number() OVER (PARTITION BY home.neighbourhood_id ORDER BY dice) AS place,
       count(*) OVER (PARTITION BY home.neighbourhood_id) AS homes, get_byte(dice, 2) AS chance
FROM (
    SELECT id, CASE WHEN get_byte(dice, 0) < 205 THEN 0.87 + get_byte(dice, 1) * 0.0004
                    ELSE 0.62 + get_byte(dice, 1) * 0.0006 END AS share
    FROM (SELECT id, sha256(convert_to('收费' || code, 'UTF8')) AS dice FROM renovation_neighbourhood
          WHERE id = ANY(%(places)s)) AS hashed
) AS place
JOIN (
    SELECT id, neighbourhood_id, sha256(convert_to('缴费' || id, 'UTF8')) AS dice FROM renovation_household
    WHERE neighbourhood_id = ANY(%(places)s) AND retired_at IS NULL
) AS home ON home.neighbourhood_id = place.id
"""

# Every fifth home holds a space on shared land: the first by their hash, who are among those that pay.
SPACES = """
INSERT INTO renovation_parkingspace (created_at, updated_at, version, neighbourhood_id, community_code, number,
    ownership, household_id)
SELECT now(), now(), 1, payer.neighbourhood_id, place.community_code, 'P' || lpad(payer.place::text, 3, '0'),
       'shared_land', payer.household_id
FROM demonstration_payer payer JOIN renovation_neighbourhood place ON place.id = payer.neighbourhood_id
WHERE payer.place <= ceil(payer.homes * 0.2)
ORDER BY payer.neighbourhood_id, payer.place
"""

# One in thirty stopped paying half a year ago, also of those who hold a space.
PAID = """
CREATE TEMPORARY TABLE demonstration_paid ON COMMIT DROP AS
SELECT nextval('governance_payment_id_seq') AS id, owed.*,
       least(extract(epoch FROM %(now)s - (owed.day + time '09:00') AT TIME ZONE 'Asia/Shanghai') / 60, 480)
           * chance / 256 AS minutes
FROM (
    SELECT bill.account_id, bill.neighbourhood_id, bill.household_id, payer.chance,
           date_trunc('quarter', bill.starts_on)::date AS quarter,
           (greatest(date_trunc('quarter', bill.starts_on)::date, %(first)s) + 2 + payer.chance %% 23) AS day,
           sum(bill.amount - bill.reduction) AS amount
    FROM governance_bill bill JOIN demonstration_payer payer USING (household_id)
    WHERE bill.state = 'open' AND payer.rank < payer.share
    GROUP BY 1, 2, 3, 4, 5, 6
    HAVING NOT (payer.chance %% 30 = 0 AND date_trunc('quarter', min(bill.starts_on)) > %(stopped)s)
) AS owed
WHERE owed.day < %(today)s
ORDER BY owed.day, owed.account_id
"""

PAYMENTS = """
INSERT INTO governance_payment (id, neighbourhood_id, account_id, household_id, amount, method, reference, paid_at,
    booked_on, bills, note, created_at)
SELECT id, neighbourhood_id, account_id, household_id, amount, methods[1 + place],
       prefixes[1 + place] || to_char(day, 'YYYYMMDD') || lpad(id::text, 9, '0'), at, day, '{}', '', at
FROM (
    SELECT *, (day + time '09:00') AT TIME ZONE 'Asia/Shanghai' + minutes * interval '1 minute' AS at,
           (chance * 7 + account_id) %% cardinality(%(methods)s::text[]) AS place,
           %(methods)s::text[] AS methods, %(prefixes)s::text[] AS prefixes
    FROM demonstration_paid
) AS paid
"""

ALLOCATIONS = """
INSERT INTO governance_allocation (payment_id, bill_id, kind, amount, booked_on, created_at)
SELECT paid.id, bill.id, CASE WHEN bill.starts_on <= paid.day THEN 'payment' ELSE 'credit' END,
       bill.amount - bill.reduction, greatest(paid.day, bill.starts_on),
       greatest(bill.created_at, payment.created_at)
FROM demonstration_paid paid
JOIN governance_payment payment ON payment.id = paid.id
JOIN governance_bill bill ON bill.account_id = paid.account_id
    AND date_trunc('quarter', bill.starts_on)::date = paid.quarter
WHERE bill.state = 'open'
ORDER BY paid.id, bill.id
"""

SETTLED = """
UPDATE governance_bill bill SET settled = bill.amount - bill.reduction, state = 'settled', version = bill.version + 1,
    updated_at = given.created_at
FROM governance_allocation given JOIN demonstration_paid paid ON paid.id = given.payment_id
WHERE given.bill_id = bill.id
"""

TALLIES = """
INSERT INTO governance_settledtally (neighbourhood_id, kind, starts_on, ends_on, day, amount)
SELECT bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on, given.booked_on, sum(given.amount)
FROM demonstration_paid paid
JOIN governance_allocation given ON given.payment_id = paid.id
JOIN governance_bill bill ON bill.id = given.bill_id
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""


def collect_city(*, now: datetime, say: Callable[[str], None]) -> None:
    """Bill and collect a year in every neighbourhood of the large city that was handed over. In a transaction."""
    today = timezone.localdate(now)
    grown = Neighbourhood.objects.filter(stage__in=MANAGED).exclude(pk__in=FeeSchedule.objects.values("neighbourhood"))
    places = list(grown.order_by("pk"))
    if not places:
        return
    first = add_months(today.replace(day=1), 1 - MONTHS)
    parameters: dict[str, Any] = {
        "places": [place.pk for place in places],
        "now": now,
        "today": today,
        "first": first,
        "stopped": add_months(today.replace(day=1), -6),
        "methods": list(METHODS),
        "prefixes": [REFERENCES[method] for method in METHODS],
    }
    with connection.cursor() as cursor:
        cursor.execute(PAYING, parameters)
        cursor.execute("ANALYZE demonstration_payer")
        cursor.execute(SPACES, parameters)
    _price(places, first)
    tell_planner()
    _bill(places, first, today, now)
    tell_planner()
    say(_("%(bills)d bills of %(places)d neighbourhoods") % {"bills": Bill.objects.count(), "places": len(places)})
    with connection.cursor() as cursor:
        cursor.execute(PAID, parameters)
        cursor.execute("ANALYZE demonstration_paid")
        for statement in (PAYMENTS, ALLOCATIONS):
            cursor.execute(statement, parameters)
        cursor.execute("ANALYZE governance_payment, governance_allocation")
        for statement in (SETTLED, TALLIES):
            cursor.execute(statement, parameters)
        cursor.execute("DROP TABLE demonstration_payer, demonstration_paid")


def _price(places: list[Neighbourhood], first: date) -> None:
    told = {"valid_from": first, "document": DOCUMENT, "due_days": 15}
    FeeSchedule.objects.bulk_create(
        schedule
        for number, place in enumerate(places)
        for schedule in (
            FeeSchedule(
                neighbourhood=place,
                kind=FeeKind.PROPERTY,
                basis=FeeBasis.PER_M2_MONTH,
                unit_price=PRICES[number % len(PRICES)],
                **told,
            ),
            FeeSchedule(
                neighbourhood=place,
                kind=FeeKind.PARKING,
                basis=FeeBasis.PER_SPACE_MONTH,
                unit_price=SPACE_PRICES[number % len(SPACE_PRICES)],
                **told,
            ),
        )
    )


def _bill(places: list[Neighbourhood], first: date, today: date, now: datetime) -> None:
    """Month by month one run of each kind over all of them, by a clerk who bills there and nowhere else."""
    clerk = make_users([SignIn(CLERK, "示范物业收费员", "示范物业集团", ())], today)[CLERK]
    RoleAssignment.objects.bulk_create(
        RoleAssignment(user=clerk, role="property_clerk", territory=place.code, starts_on=today - LONG_AGO)
        for place in places
    )
    division, month = places[0].community_code[:4], first
    while month <= today:
        for kind in (FeeKind.PROPERTY, FeeKind.PARKING):
            run = keep_run(division=division, kind=kind, period=f"{month:%Y-%m}", mode=RunMode.POST, by=clerk)
            run_billing(run.pk, at=min(moment(month, POSTED), now))
            run.refresh_from_db()
            if run.error:
                raise RuntimeError(f"{kind} {month}: {run.error}")  # what was planned is wrong
        month = add_months(month, 1)

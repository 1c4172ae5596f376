"""The statements that make bills, over sets: what the roll and the schedules say first, then the posting of it.

The first group only reads, so that a dry run tells the figures by the very statements that a run posts by. It must
equal the plain loop over `governance.rules.fees.charges` that lives in the tests. Parameters: `neighbourhoods`, `kind`,
`first` and `last` day of the months, and `household` and `charge` where one bill is issued anew (else NULL).

A month is numbered by the months since year 0, so that months that follow upon each other differ by one.
"""

from accounts.services.change_rows import TELL_PLACED

DROP_STAGES = """
DROP TABLE IF EXISTS pg_temp.fee_month, pg_temp.fee_unit, pg_temp.fee_price, pg_temp.fee_debtor, pg_temp.fee_share,
    pg_temp.fee_bill, pg_temp.fee_known, pg_temp.fee_held
"""

ANALYSE = "ANALYZE {table}"
ANALYSE_BILLS = "ANALYZE fee_bill (household_id, charge, owner_id, liability_id, starts_on)"
"""Of what is joined by: to look through the lines takes as long as to make them."""

# --- What is to be billed ----------------------------------------------------------------------------------------

MONTHS = """
CREATE TEMPORARY TABLE fee_month ON COMMIT DROP AS
SELECT day::date AS first, (extract(year FROM day) * 12 + extract(month FROM day) - 1)::int AS number
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 month') AS day
"""

UNITS_OF_HOUSEHOLDS = """
CREATE TEMPORARY TABLE fee_unit ON COMMIT DROP AS
SELECT household.id AS household_id, household.neighbourhood_id, household.use AS sort,
       household.gross_floor_area AS area, ''::text AS space, NULL::bigint AS pass_id,
       NULL::date AS starts_on, NULL::date AS ends_on
FROM renovation_household household
WHERE household.neighbourhood_id = ANY(%(neighbourhoods)s) AND household.retired_at IS NULL
  AND (%(household)s::bigint IS NULL OR household.id = %(household)s)
"""

# A pass without a space is one more space on shared land; one for a space of the household is billed as that space.
UNITS_OF_PARKING = """
CREATE TEMPORARY TABLE fee_unit ON COMMIT DROP AS
SELECT household.id AS household_id, household.neighbourhood_id, space.ownership AS sort, NULL::numeric AS area,
       space.number::text AS space, NULL::bigint AS pass_id, NULL::date AS starts_on, NULL::date AS ends_on
FROM renovation_parkingspace space JOIN renovation_household household ON household.id = space.household_id
WHERE household.neighbourhood_id = ANY(%(neighbourhoods)s) AND household.retired_at IS NULL
  AND (%(household)s::bigint IS NULL OR household.id = %(household)s)
UNION ALL
SELECT household.id, household.neighbourhood_id, 'shared_land', NULL, '', pass.id, pass.starts_on, pass.ends_on
FROM governance_parkingpass pass
JOIN governance_vehicle vehicle ON vehicle.id = pass.vehicle_id
JOIN renovation_household household ON household.id = vehicle.household_id
WHERE household.neighbourhood_id = ANY(%(neighbourhoods)s) AND household.retired_at IS NULL
  AND pass.space_id IS NULL AND (%(household)s::bigint IS NULL OR household.id = %(household)s)
"""

PRICES = """
CREATE TEMPORARY TABLE fee_price ON COMMIT DROP AS
SELECT DISTINCT ON (schedule.neighbourhood_id, schedule.name, unit.sort, month.number)
       schedule.neighbourhood_id, unit.sort, month.number, month.first,
       CASE WHEN schedule.kind = 'parking' THEN unit.sort ELSE schedule.name END AS charge,
       schedule.id AS schedule_id, schedule.basis, schedule.unit_price, schedule.due_days,
       CASE WHEN scale(trim_scale(schedule.unit_price)) <= 2 THEN round(schedule.unit_price, 2)
            ELSE schedule.unit_price END::text AS price_text
FROM governance_feeschedule schedule
CROSS JOIN LATERAL (SELECT CASE WHEN schedule.kind = 'parking' THEN schedule.space_ownerships ELSE schedule.uses END
    AS sorts) AS only_for
JOIN (SELECT DISTINCT neighbourhood_id, sort FROM fee_unit) unit
  ON unit.neighbourhood_id = schedule.neighbourhood_id
 AND (only_for.sorts = '{}' OR unit.sort = ANY(only_for.sorts))
JOIN fee_month month
  ON schedule.valid_from <= month.first AND (schedule.valid_to IS NULL OR schedule.valid_to >= month.first)
WHERE schedule.neighbourhood_id = ANY(%(neighbourhoods)s) AND schedule.kind = %(kind)s
  AND schedule.basis <> 'per_hour'
  AND (%(charge)s::text IS NULL OR %(charge)s = CASE WHEN schedule.kind = 'parking' THEN unit.sort
                                                     ELSE schedule.name END)
ORDER BY schedule.neighbourhood_id, schedule.name, unit.sort, month.number,
         only_for.sorts <> '{}' DESC, schedule.valid_from DESC, schedule.id DESC
"""

DEBTORS = """
CREATE TEMPORARY TABLE fee_debtor ON COMMIT DROP AS
SELECT DISTINCT ON (unit.household_id, month.number)
       unit.household_id, month.number, agreed.id AS liability_id,
       CASE WHEN agreed.id IS NULL THEN held.owner_id END AS owner_id
FROM (SELECT DISTINCT household_id FROM fee_unit) unit
CROSS JOIN fee_month month
LEFT JOIN renovation_ownership held
  ON held.household_id = unit.household_id
 AND (held.starts_on IS NULL OR held.starts_on <= month.first) AND (held.ends_on IS NULL OR held.ends_on >= month.first)
LEFT JOIN governance_feeliability agreed
  ON agreed.household_id = unit.household_id
 AND agreed.starts_on <= month.first AND (agreed.ends_on IS NULL OR agreed.ends_on >= month.first)
ORDER BY unit.household_id, month.number, agreed.id, held.is_voter DESC, held.id
"""

SHARES = """
CREATE TEMPORARY TABLE fee_share ON COMMIT DROP AS
SELECT reduction.household_id, month.number, least(sum(reduction.share), 1) AS share
FROM governance_feereduction reduction
JOIN fee_month month ON month.first BETWEEN reduction.from_month AND reduction.to_month
WHERE reduction.neighbourhood_id = ANY(%(neighbourhoods)s) AND reduction.kind = %(kind)s
  AND reduction.state = 'approved'
GROUP BY 1, 2
"""

# Months that follow upon each other, of one debtor, are one bill; within it, months of one unit at one price are one
# line. Amounts are exact until here and rounded once a bill, half away from zero as numeric rounds; each line is what
# the rounded sum grows by with it, so that lines add up to the fen.
BILLS = """
CREATE TEMPORARY TABLE fee_bill ON COMMIT DROP AS
WITH unit_month AS (
    SELECT unit.household_id, unit.neighbourhood_id, unit.space COLLATE "C" AS space, unit.pass_id,
           price.charge COLLATE "C" AS charge, price.number, price.schedule_id, price.basis, price.unit_price,
           price.price_text, price.due_days, debtor.owner_id, debtor.liability_id, coalesce(share.share, 0) AS share,
           CASE WHEN price.basis = 'per_m2_month' THEN unit.area ELSE 1 END AS quantity
    FROM fee_unit unit
    JOIN fee_price price USING (neighbourhood_id, sort)
    JOIN fee_debtor debtor USING (household_id, number)
    LEFT JOIN fee_share share USING (household_id, number)
    WHERE (unit.starts_on IS NULL OR unit.starts_on <= price.first)
      AND (unit.ends_on IS NULL OR unit.ends_on >= price.first)
), counted AS (
    SELECT *,
        number - dense_rank() OVER (PARTITION BY household_id, charge, owner_id, liability_id ORDER BY number) AS run,
        number - row_number() OVER (PARTITION BY household_id, charge, owner_id, liability_id, space, pass_id,
            schedule_id ORDER BY number) AS line_run
    FROM unit_month
), line AS (
    -- What the schedule, the unit or the household say is the same all over a line: the least of it is it.
    SELECT household_id, charge, owner_id, liability_id, run, space, pass_id, schedule_id,
           min(neighbourhood_id) AS neighbourhood_id, min(basis) AS basis, min(price_text) AS price_text,
           min(quantity) AS quantity, max(due_days) AS due_days, min(number) AS low, max(number) AS high,
           count(*) AS months, sum(quantity * unit_price) AS exact, sum(quantity * unit_price * share) AS let_off
    FROM counted
    GROUP BY household_id, charge, owner_id, liability_id, run, space, pass_id, schedule_id, line_run
), told AS (
    SELECT *, round(sum(exact) OVER earlier, 2) - round(sum(exact) OVER earlier - exact, 2) AS amount,
           round(sum(let_off) OVER earlier, 2) - round(sum(let_off) OVER earlier - let_off, 2) AS reduction
    FROM line
    WINDOW earlier AS (PARTITION BY household_id, charge, owner_id, liability_id, run
        ORDER BY pass_id IS NOT NULL, space, pass_id, low ROWS UNBOUNDED PRECEDING)
)
SELECT household_id, min(neighbourhood_id) AS neighbourhood_id, charge, owner_id, liability_id,
       make_date(min(low) / 12, min(low) %% 12 + 1, 1) AS starts_on,
       (make_date(max(high) / 12, max(high) %% 12 + 1, 1) + interval '1 month - 1 day')::date AS ends_on,
       max(due_days) AS due_days, sum(amount) AS amount, sum(reduction) AS reduction,
       array_agg(schedule_id) AS schedules, bool_or(exact IS NULL) AS area_unknown,
       jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
           'schedule', schedule_id, 'basis', basis, 'quantity', quantity::text, 'unit_price', price_text,
           'months', months,
           'from', to_char(make_date(low / 12, low %% 12 + 1, 1), 'YYYY-MM'),
           'to', to_char(make_date(high / 12, high %% 12 + 1, 1), 'YYYY-MM'),
           'space', nullif(space, ''), 'pass', pass_id, 'amount', amount::text, 'reduction', reduction::text
       )) ORDER BY pass_id IS NOT NULL, space, pass_id, low) AS lines
FROM told
GROUP BY household_id, charge, owner_id, liability_id, run
HAVING sum(amount) > 0 OR bool_or(exact IS NULL)
"""

# What stands billed already, by the tallies: they name the months of every live bill, so that a first run over a period
# looks at no bill of the years before.
KNOWN = """
CREATE TEMPORARY TABLE fee_known ON COMMIT DROP AS
SELECT bill.household_id, bill.charge, bill.starts_on, bill.ends_on, bill.amount, bill.reduction
FROM governance_billedtally tally
JOIN governance_bill bill USING (neighbourhood_id, kind, starts_on, ends_on)
WHERE tally.neighbourhood_id = ANY(%(neighbourhoods)s) AND tally.kind = %(kind)s AND tally.bill_count > 0
  AND tally.starts_on <= %(last)s AND tally.ends_on >= %(first)s
  AND bill.state <> 'void' AND bill.late_for_id IS NULL AND bill.household_id IS NOT NULL
"""

# One month at a price by the area, and no area: nothing of that charge is billed to the household.
DROP_AREA_UNKNOWN = """
DELETE FROM fee_bill USING (
    SELECT DISTINCT household_id AS door, charge AS what FROM fee_bill WHERE area_unknown
) AS unknown WHERE household_id = door AND charge = what
RETURNING neighbourhood_id, household_id, charge
"""

# The same months, and another sum: a space more, an area mended, a reduction approved since. The bill that stands stays
# until somebody issues it anew.
BILLED_OTHERWISE = """
SELECT bill.neighbourhood_id, bill.household_id, bill.charge
FROM fee_bill bill JOIN fee_known known USING (household_id, charge, starts_on, ends_on)
WHERE (bill.amount, bill.reduction) <> (known.amount, known.reduction)
"""

DROP_ALREADY_BILLED = """
DELETE FROM fee_bill bill USING fee_known known
WHERE known.household_id = bill.household_id AND known.charge = bill.charge
  AND known.starts_on = bill.starts_on AND known.ends_on = bill.ends_on
"""

DROP_OVERLAPPING = """
DELETE FROM fee_bill bill USING fee_known known
WHERE known.household_id = bill.household_id AND known.charge = bill.charge
  AND known.starts_on <= bill.ends_on AND known.ends_on >= bill.starts_on
RETURNING bill.neighbourhood_id, bill.household_id, bill.charge
"""

OWNER_UNKNOWN = """
SELECT neighbourhood_id, household_id, charge FROM fee_bill WHERE owner_id IS NULL AND liability_id IS NULL
"""

# Another charge need not be for everybody; that a home, a shop or a space pays nothing at all is one to look at.
WITHOUT_PRICE = """
SELECT DISTINCT unit.neighbourhood_id, unit.household_id, CASE WHEN %(kind)s = 'parking' THEN unit.sort ELSE '' END
FROM fee_unit unit
WHERE NOT EXISTS (
    SELECT 1 FROM fee_price price WHERE price.neighbourhood_id = unit.neighbourhood_id AND price.sort = unit.sort)
  AND (unit.starts_on IS NULL OR unit.starts_on <= (SELECT max(first) FROM fee_month))
  AND (unit.ends_on IS NULL OR unit.ends_on >= (SELECT min(first) FROM fee_month))
"""

TOTALS = "SELECT count(*), coalesce(sum(amount), 0), coalesce(sum(reduction), 0) FROM fee_bill"

# --- The posting of it -----------------------------------------------------------------------------------------

SAME_DEBTOR = """
account.household_id = bill.household_id AND account.owner_id IS NOT DISTINCT FROM bill.owner_id
AND account.liability_id IS NOT DISTINCT FROM bill.liability_id
"""

TELL_OPENED = TELL_PLACED.format(
    told="""
    SELECT 'fee-accounts' AS resource, id, 'created' AS action, ARRAY[]::varchar[] AS fields, neighbourhood_id
    FROM opened
"""
)

OPEN_ACCOUNTS = f"""
WITH opened AS (
INSERT INTO governance_feeaccount (created_at, updated_at, version, neighbourhood_id, household_id, debtor_kind,
    owner_id, liability_id, name, credit)
SELECT %(now)s, %(now)s, 1, bill.neighbourhood_id, bill.household_id,
       CASE WHEN bill.liability_id IS NOT NULL THEN 'tenant' WHEN owner.kind = 'developer' THEN 'developer'
            ELSE 'owner' END,
       bill.owner_id, bill.liability_id, coalesce(agreed.name, owner.name, household.head_name), 0
FROM (SELECT DISTINCT neighbourhood_id, household_id, owner_id, liability_id FROM fee_bill) bill
JOIN renovation_household household ON household.id = bill.household_id
LEFT JOIN renovation_owner owner ON owner.id = bill.owner_id
LEFT JOIN governance_feeliability agreed ON agreed.id = bill.liability_id
WHERE NOT EXISTS (SELECT 1 FROM governance_feeaccount account WHERE {SAME_DEBTOR})
ORDER BY bill.household_id
ON CONFLICT DO NOTHING
RETURNING id, neighbourhood_id
)
{TELL_OPENED}
"""  # noqa: S608 - put together from constants

# Held by the order of their ids, before bills of them are there: a payment that comes in meanwhile waits and sees them.
HOLD_ACCOUNTS = f"""
CREATE TEMPORARY TABLE fee_held ON COMMIT DROP AS
SELECT account.id AS account_id, account.household_id, account.owner_id, account.liability_id, account.credit
FROM governance_feeaccount account
WHERE EXISTS (SELECT 1 FROM fee_bill bill WHERE {SAME_DEBTOR})
ORDER BY account.id
FOR NO KEY UPDATE
"""  # noqa: S608 - put together from constants

TELL_POSTED = TELL_PLACED.format(
    told="""
    SELECT 'bills' AS resource, id, 'created' AS action, ARRAY[]::varchar[] AS fields, neighbourhood_id FROM posted
    UNION ALL
    SELECT DISTINCT 'fee-accounts', account_id, 'updated', ARRAY['outstanding']::varchar[], neighbourhood_id FROM posted
"""
)

# Told in the same statement: each bill, and each account, which owes it now.
POST_BILLS = f"""
WITH posted AS (
INSERT INTO governance_bill (run_id, neighbourhood_id, account_id, household_id, kind, charge, period, starts_on,
    ends_on, due_on, amount, reduction, settled, state, lines, replaces_id, created_at, updated_at, version,
    void_reason)
SELECT %(run)s, bill.neighbourhood_id, account.account_id, bill.household_id, %(kind)s, bill.charge, %(period)s,
       bill.starts_on, bill.ends_on, bill.ends_on + bill.due_days, bill.amount, bill.reduction, 0,
       CASE WHEN bill.amount = bill.reduction THEN 'settled' ELSE 'open' END, bill.lines, {{replaces}},
       %(now)s, %(now)s, 1, ''
FROM fee_bill bill JOIN fee_held account ON {SAME_DEBTOR}
RETURNING id, account_id, neighbourhood_id
)
{TELL_POSTED}
"""  # noqa: S608 - put together from constants

REPLACES_NOTHING = "NULL::bigint"

# Issued anew, a bill may become several, of a debtor each: the first of them stands for it.
REPLACES_FIRST = "CASE WHEN row_number() OVER (ORDER BY bill.starts_on) = 1 THEN %(replaces)s::bigint END"

ADD_BILLED = """
INSERT INTO governance_billedtally (neighbourhood_id, kind, starts_on, ends_on, bill_count, amount, reduction)
SELECT neighbourhood_id, %(kind)s, starts_on, ends_on, count(*), sum(amount), sum(reduction) FROM fee_bill
GROUP BY neighbourhood_id, starts_on, ends_on
ORDER BY neighbourhood_id, starts_on, ends_on
ON CONFLICT (neighbourhood_id, kind, starts_on, ends_on) DO UPDATE SET
    bill_count = governance_billedtally.bill_count + excluded.bill_count,
    amount = governance_billedtally.amount + excluded.amount,
    reduction = governance_billedtally.reduction + excluded.reduction
"""

TELL_MARKED = TELL_PLACED.format(
    told="""
    SELECT 'fee-schedules' AS resource, id, 'updated' AS action, ARRAY['billed']::varchar[] AS fields, neighbourhood_id
    FROM marked
"""
)

MARK_SCHEDULES = f"""
WITH marked AS (
UPDATE governance_feeschedule SET billed_at = %(now)s, version = version + 1, updated_at = %(now)s
WHERE billed_at IS NULL AND id IN (SELECT DISTINCT unnest(schedules) FROM fee_bill)
RETURNING id, neighbourhood_id
)
{TELL_MARKED}
"""  # noqa: S608 - put together from constants

WITH_CREDIT = "SELECT account_id FROM fee_held WHERE credit > 0 ORDER BY account_id"

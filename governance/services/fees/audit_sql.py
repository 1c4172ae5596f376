"""What the nightly audit proves, a statement each. One statement sees one moment of the book, so that clerks who work
meanwhile cause no false alarm.

Each is two tables in a WITH, over the ids after `%(after)s` up to `%(upto)s`: `looked` has a row for each thing that
was looked at, `found` those that do not hold, as (id, neighbourhood_id, expected, is).
"""

from governance.services.fees.digests import BILL_SHA256

# A bill whose lines cannot be read is found, and does not stop the audit.
_LINES = """
    SELECT bill.id, bill.neighbourhood_id, bill.household_id, bill.kind, bill.late_for_id, bill.amount AS bill_amount,
        bill.reduction AS bill_reduction, bill.starts_on, bill.ends_on, bill.created_at, number, line,
        CASE WHEN line ->> 'quantity' ~ '^[0-9]{1,12}([.][0-9]{1,8})?$' THEN (line ->> 'quantity')::numeric END
            AS quantity,
        CASE WHEN line ->> 'unit_price' ~ '^[0-9]{1,12}([.][0-9]{1,8})?$' THEN (line ->> 'unit_price')::numeric END
            AS unit_price,
        CASE WHEN line ->> 'months' ~ '^[0-9]{1,4}$' THEN (line ->> 'months')::int END AS months,
        CASE WHEN line ->> 'amount' ~ '^[0-9]{1,12}[.][0-9]{2}$' THEN (line ->> 'amount')::numeric END AS amount,
        CASE WHEN line ->> 'reduction' ~ '^[0-9]{1,12}[.][0-9]{2}$' THEN (line ->> 'reduction')::numeric END
            AS reduction,
        CASE WHEN line ->> 'schedule' ~ '^[0-9]{1,18}$' THEN (line ->> 'schedule')::bigint END AS schedule_id
    FROM governance_bill AS bill
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(bill.lines) WHEN 'array' THEN bill.lines ELSE '[]' END
    ) WITH ORDINALITY AS told (line, number)
    WHERE bill.id > %(after)s AND bill.id <= %(upto)s
"""

BILL_LINES = f"""
WITH lines AS ({_LINES}), looked AS (
    SELECT bill.id, bill.neighbourhood_id, bill.amount, bill.reduction
    FROM governance_bill AS bill WHERE bill.id > %(after)s AND bill.id <= %(upto)s
), sums AS (
    SELECT id, count(*) AS lines, count(amount) + count(reduction) AS told, sum(amount) AS amount,
        sum(reduction) AS reduction
    FROM lines GROUP BY id
), found AS (
    SELECT looked.id, looked.neighbourhood_id, looked.amount || ' - ' || looked.reduction AS expected,
        sums.amount || ' - ' || sums.reduction AS is
    FROM looked LEFT JOIN sums ON sums.id = looked.id
    WHERE (sums.amount, sums.reduction, sums.told) IS DISTINCT FROM (looked.amount, looked.reduction, 2 * sums.lines)
)
"""  # noqa: S608
"""A bill is the sum of its lines, what is let off too."""

# Figures are read once, and not wherever they are used.
LINE_PRICES = f"""
WITH lines AS MATERIALIZED ({_LINES}), looked AS (
    SELECT lines.*, lines.quantity * lines.unit_price * lines.months AS exact,
        sum(lines.quantity * lines.unit_price * lines.months) OVER (PARTITION BY lines.id ORDER BY number) AS through,
        schedule.unit_price AS price, schedule.kind AS priced_kind, schedule.neighbourhood_id AS priced_in,
        schedule.basis, schedule.valid_from
    FROM lines LEFT JOIN governance_feeschedule AS schedule ON schedule.id = lines.schedule_id
    WHERE lines.late_for_id IS NULL
), judged AS (
    SELECT looked.*, CASE basis WHEN 'per_hour' THEN least(amount, exact)
        ELSE round(through, 2) - round(through - exact, 2) END AS right_amount
    FROM looked
), found AS (
    SELECT judged.id, judged.neighbourhood_id,
        coalesce(right_amount, 0) || ' = ' || concat_ws(' x ', quantity, price, months) AS expected,
        coalesce(line ->> 'amount', '') || ' = '
            || concat_ws(' x ', line ->> 'quantity', line ->> 'unit_price', line ->> 'months') AS is
    FROM judged
    WHERE (amount, unit_price, priced_kind, priced_in, line ->> 'basis')
            IS DISTINCT FROM (right_amount, price, kind, neighbourhood_id, basis)
        OR (basis <> 'per_hour' AND (
            line ->> 'from' < to_char(greatest(valid_from, starts_on), 'YYYY-MM')
            OR line ->> 'to' > to_char(ends_on, 'YYYY-MM')
        ))
)
"""  # noqa: S608
"""A line is its quantity times the price of its schedule times its months, rounded as the bill is: what the rounded sum
grows by. By the hour a cap may make it less. Late charges are looked at apart.
"""

LATE_CHARGES = """
WITH looked AS (
    SELECT bill.id, bill.neighbourhood_id, bill.household_id, bill.amount, bill.account_id,
        principal.amount - principal.reduction AS principal, principal.late_for_id, principal.account_id AS owes,
        sum(bill.amount - bill.reduction) FILTER (WHERE bill.state <> 'void') OVER (PARTITION BY bill.late_for_id)
            AS charged
    FROM governance_bill AS bill JOIN governance_bill AS principal ON principal.id = bill.late_for_id
    WHERE bill.late_for_id > %(after)s AND bill.late_for_id <= %(upto)s
), found AS (
    SELECT id, neighbourhood_id, '<= ' || principal AS expected, charged::text AS is FROM looked
    WHERE charged > principal OR late_for_id IS NOT NULL OR account_id <> owes
)
"""
"""Late charges are asked of who owes the bill, never for a late charge, and at most as much as the bill itself."""

MONTHS_ONCE = """
WITH looked AS (
    SELECT bill.id, bill.neighbourhood_id, bill.starts_on,
        lag(bill.ends_on) OVER (PARTITION BY bill.household_id, bill.kind, bill.charge ORDER BY bill.starts_on)
            AS billed_to
    FROM governance_bill AS bill
    WHERE bill.household_id > %(after)s AND bill.household_id <= %(upto)s
        AND bill.state <> 'void' AND bill.late_for_id IS NULL
), found AS (
    SELECT id, neighbourhood_id, '> ' || billed_to AS expected, starts_on::text AS is
    FROM looked WHERE starts_on <= billed_to
)
"""
"""No month of a household is billed twice for one charge."""

AREAS = f"""
WITH lines AS ({_LINES}), looked AS (
    SELECT lines.id, lines.neighbourhood_id, lines.quantity, lines.created_at, lines.line,
        household.gross_floor_area, household.updated_at
    FROM lines JOIN renovation_household AS household ON household.id = lines.household_id
    WHERE line ->> 'basis' = 'per_m2_month'
), found AS (
    SELECT id, neighbourhood_id, coalesce(gross_floor_area::text, '') AS expected, line ->> 'quantity' AS is
    FROM looked WHERE quantity IS DISTINCT FROM gross_floor_area AND updated_at <= created_at
)
"""  # noqa: S608
"""What was billed by area is the roll's area; where it is another one, the roll was changed after posting."""

BILL_SETTLED = """
WITH looked AS (
    SELECT bill.id, bill.neighbourhood_id, bill.settled, bill.account_id
    FROM governance_bill AS bill WHERE bill.id > %(after)s AND bill.id <= %(upto)s
), sums AS (
    SELECT looked.id, coalesce(sum(allocation.amount), 0) AS allocated,
        count(*) FILTER (WHERE payment.account_id <> looked.account_id) AS of_others
    FROM looked
    LEFT JOIN governance_allocation AS allocation ON allocation.bill_id = looked.id
    LEFT JOIN governance_payment AS payment ON payment.id = allocation.payment_id
    GROUP BY looked.id
), found AS (
    SELECT looked.id, looked.neighbourhood_id, sums.allocated::text AS expected, looked.settled::text AS is
    FROM looked JOIN sums ON sums.id = looked.id
    WHERE looked.settled <> sums.allocated OR sums.of_others > 0
)
"""
"""What is settled of a bill is what was allocated to it, all of it money of the same account."""

PAYMENTS = """
WITH looked AS (
    SELECT payment.id, payment.neighbourhood_id, reversal.id AS reversal_id,
        CASE WHEN reversal.id IS NULL THEN payment.amount ELSE 0 END AS amount
    FROM governance_payment AS payment
    LEFT JOIN governance_paymentreversal AS reversal ON reversal.payment_id = payment.id
    WHERE payment.id > %(after)s AND payment.id <= %(upto)s
), sums AS (
    SELECT looked.id, coalesce(sum(allocation.amount), 0) AS allocated
    FROM looked LEFT JOIN governance_allocation AS allocation ON allocation.payment_id = looked.id
    GROUP BY looked.id
), found AS (
    SELECT looked.id, looked.neighbourhood_id, '0 <= ... <= ' || looked.amount AS expected, sums.allocated::text AS is
    FROM looked JOIN sums ON sums.id = looked.id
    WHERE sums.allocated < 0 OR sums.allocated > looked.amount
)
"""
"""Of a payment at most all is allocated, and never less than nothing; of a reversed one nothing."""

ACCOUNT_CREDIT = """
WITH looked AS (
    SELECT account.id, account.neighbourhood_id, account.credit
    FROM governance_feeaccount AS account WHERE account.id > %(after)s AND account.id <= %(upto)s
), paid AS (
    SELECT payment.account_id, sum(payment.amount) AS amount
    FROM governance_payment AS payment
    WHERE payment.account_id > %(after)s AND payment.account_id <= %(upto)s AND NOT EXISTS (
        SELECT FROM governance_paymentreversal AS reversal WHERE reversal.payment_id = payment.id
    )
    GROUP BY payment.account_id
), gone AS (
    SELECT payment.account_id, sum(allocation.amount) AS amount
    FROM governance_payment AS payment JOIN governance_allocation AS allocation ON allocation.payment_id = payment.id
    WHERE payment.account_id > %(after)s AND payment.account_id <= %(upto)s
    GROUP BY payment.account_id
), judged AS (
    SELECT looked.*, coalesce(paid.amount, 0) - coalesce(gone.amount, 0) AS kept
    FROM looked
    LEFT JOIN paid ON paid.account_id = looked.id
    LEFT JOIN gone ON gone.account_id = looked.id
), found AS (
    SELECT id, neighbourhood_id, kept::text AS expected, credit::text AS is FROM judged WHERE credit <> kept
)
"""
"""Payments are allocations and refunds plus credit."""

CREDIT_APPLIED = """
WITH looked AS (
    SELECT account.id, account.neighbourhood_id, account.credit
    FROM governance_feeaccount AS account
    WHERE account.id > %(after)s AND account.id <= %(upto)s AND account.credit > 0
), found AS (
    SELECT id, neighbourhood_id, '0.00' AS expected, credit::text AS is
    FROM looked
    WHERE EXISTS (SELECT FROM governance_bill AS bill WHERE bill.account_id = looked.id AND bill.state = 'open')
)
"""
"""Nobody has credit beside a bill to pay."""

REFUNDS = """
WITH looked AS (
    SELECT refund.id, refund.neighbourhood_id, refund.amount
    FROM governance_refund AS refund WHERE refund.id > %(after)s AND refund.id <= %(upto)s
), sums AS (
    SELECT looked.id, coalesce(sum(allocation.amount), 0) AS allocated
    FROM looked LEFT JOIN governance_allocation AS allocation ON allocation.refund_id = looked.id
    GROUP BY looked.id
), found AS (
    SELECT looked.id, looked.neighbourhood_id, looked.amount::text AS expected, sums.allocated::text AS is
    FROM looked JOIN sums ON sums.id = looked.id WHERE looked.amount <> sums.allocated
)
"""
"""What was paid back was taken from payments, to the fen."""

BILLED_TALLIES = """
WITH bills AS (
    SELECT neighbourhood_id, kind, starts_on, ends_on, count(*) AS bill_count, sum(amount) AS amount,
        sum(reduction) AS reduction
    FROM governance_bill
    WHERE neighbourhood_id > %(after)s AND neighbourhood_id <= %(upto)s AND state <> 'void'
    GROUP BY neighbourhood_id, kind, starts_on, ends_on
), tallies AS (
    SELECT * FROM governance_billedtally WHERE neighbourhood_id > %(after)s AND neighbourhood_id <= %(upto)s
), looked AS (
    SELECT coalesce(tallies.id, 0) AS id, neighbourhood_id, kind, starts_on, ends_on,
        (coalesce(bills.bill_count, 0), coalesce(bills.amount, 0), coalesce(bills.reduction, 0))
            IS DISTINCT FROM
        (coalesce(tallies.bill_count, 0), coalesce(tallies.amount, 0), coalesce(tallies.reduction, 0)) AS differs,
        concat_ws(' ', kind, starts_on, ends_on) || ': ' AS key,
        concat_ws(' / ', bills.bill_count, bills.amount, bills.reduction) AS said,
        concat_ws(' / ', tallies.bill_count, tallies.amount, tallies.reduction) AS held
    FROM bills FULL JOIN tallies USING (neighbourhood_id, kind, starts_on, ends_on)
), found AS (
    SELECT id, neighbourhood_id, key || said AS expected, key || held AS is FROM looked WHERE differs
)
"""
"""What collection rates divide by is the sum of the bills that stand."""

SETTLED_TALLIES = """
WITH moved AS (
    SELECT bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on, allocation.booked_on AS day,
        sum(allocation.amount) AS amount
    FROM governance_bill AS bill JOIN governance_allocation AS allocation ON allocation.bill_id = bill.id
    WHERE bill.neighbourhood_id > %(after)s AND bill.neighbourhood_id <= %(upto)s AND bill.state <> 'void'
    GROUP BY bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on, allocation.booked_on
), tallies AS (
    SELECT * FROM governance_settledtally WHERE neighbourhood_id > %(after)s AND neighbourhood_id <= %(upto)s
), looked AS (
    SELECT coalesce(tallies.id, 0) AS id, neighbourhood_id, coalesce(moved.amount, 0) AS amount,
        coalesce(tallies.amount, 0) AS held, concat_ws(' ', kind, starts_on, ends_on, day) || ': ' AS key
    FROM moved FULL JOIN tallies USING (neighbourhood_id, kind, starts_on, ends_on, day)
), found AS (
    SELECT id, neighbourhood_id, key || amount AS expected, key || held AS is FROM looked WHERE amount <> held
)
"""
"""What collection rates count as settled is what was allocated to the bills that stand, day by day."""

RUNS_UNEDITED = f"""
WITH looked AS (
    SELECT run.id, run.neighbourhood_id, posted.bill_count, posted.sha256, posted.neighbourhood_id AS of_bills
    FROM governance_billingrun AS run CROSS JOIN LATERAL (
        SELECT count(*) AS bill_count, min(neighbourhood_id) AS neighbourhood_id,
            encode(sha256(coalesce(string_agg(hash, ''::bytea ORDER BY id), '')), 'hex') AS sha256
        FROM (
            SELECT bill.id, bill.neighbourhood_id, {BILL_SHA256} AS hash
            FROM governance_bill AS bill WHERE bill.run_id = run.id
        ) AS bills
    ) AS posted
    WHERE run.id > %(after)s AND run.id <= %(upto)s AND run.mode = 'post' AND run.status = 'done'
), found AS (
    SELECT looked.id, coalesce(looked.neighbourhood_id, looked.of_bills) AS neighbourhood_id,
        coalesce(entry.sha256, '') AS expected, looked.sha256 AS is
    FROM looked LEFT JOIN LATERAL (
        SELECT details ->> 'sha256' AS sha256 FROM accounts_historyentry
        WHERE resource = 'billing-runs' AND object_id = looked.id AND act = 'bills_posted' ORDER BY id LIMIT 1
    ) AS entry ON true
    WHERE entry.sha256 IS DISTINCT FROM looked.sha256 AND (entry.sha256 IS NOT NULL OR looked.bill_count > 0)
)
"""  # noqa: S608
"""The bills of each run are those that history fixed when they were posted: none edited, none more, none less."""

BILLS_UNEDITED = f"""
WITH looked AS (
    SELECT bill.id, bill.neighbourhood_id, encode({BILL_SHA256}, 'hex') AS sha256
    FROM governance_bill AS bill WHERE bill.id > %(after)s AND bill.id <= %(upto)s AND bill.run_id IS NULL
), found AS (
    SELECT looked.id, looked.neighbourhood_id, coalesce(entry.sha256, '') AS expected, looked.sha256 AS is
    FROM looked LEFT JOIN LATERAL (
        SELECT details ->> 'sha256' AS sha256 FROM accounts_historyentry
        WHERE resource = 'bills' AND object_id = looked.id AND details ? 'sha256' ORDER BY id LIMIT 1
    ) AS entry ON true
    WHERE entry.sha256 IS DISTINCT FROM looked.sha256
)
"""  # noqa: S608
"""So are the bills that no run posted: issued anew, of a visit, of a late charge."""

"""Making bills of the roll and the schedules, and posting them: for a run, and for one bill that is issued anew."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from governance.services.fees import billing_sql as sql
from governance.services.fees.credit import apply_credit_to

EXCEPTIONS_KEPT = 200
"""Of each code."""


@dataclass
class Staged:
    """Bills that lie ready in this transaction, and what came of the units that got none, or one to look at.

    `total` is their amount before reductions, in yuan. `exceptions` are the first of each code, `counts` counts all.
    """

    bill_count: int = 0
    total: Decimal = Decimal(0)
    reduction_total: Decimal = Decimal(0)
    already_billed: int = 0
    exceptions: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, rows: Iterable[tuple[int, int | None, str]]) -> None:
        """Note (neighbourhood, household or none, charge), each once."""
        found = sorted(set(rows), key=lambda row: (row[0], row[1] or 0, row[2]))
        if not found:
            return
        self.counts[code] += len(found)
        self.exceptions += [
            {"code": code, "neighbourhood": neighbourhood, "household": household, "charge": charge}
            for neighbourhood, household, charge in found[:EXCEPTIONS_KEPT]
        ]


def stage_bills(
    neighbourhood_ids: Iterable[int],
    *,
    kind: str,
    first: date,
    last: date,
    household_id: int | None = None,
    charge: str | None = None,
) -> Staged:
    """Lay ready the bills of whole months from one day to another, in tables of this transaction. Writes nothing else.

    Of one household and charge where they are given. In a transaction; some ten statements, however many units.
    """
    parameters: dict[str, Any] = {
        "neighbourhoods": list(neighbourhood_ids),
        "kind": kind,
        "first": first,
        "last": last,
        "household": household_id,
        "charge": charge,
    }
    staged = Staged()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        cursor.execute(sql.DROP_STAGES)
        for table, statement in (
            ("fee_month", sql.MONTHS),
            ("fee_unit", sql.UNITS_OF_PARKING if kind == "parking" else sql.UNITS_OF_HOUSEHOLDS),
            ("fee_price", sql.PRICES),
            ("fee_debtor", sql.DEBTORS),
            ("fee_share", sql.SHARES),
            ("fee_known", sql.KNOWN),
        ):
            cursor.execute(statement, parameters)
            cursor.execute(sql.ANALYSE.format(table=table))
        cursor.execute(sql.BILLS, parameters)
        cursor.execute(sql.ANALYSE_BILLS)
        cursor.execute(sql.DROP_AREA_UNKNOWN)
        staged.add("area_unknown", cursor.fetchall())
        cursor.execute(sql.BILLED_OTHERWISE)
        staged.add("billed_otherwise", cursor.fetchall())
        cursor.execute(sql.DROP_ALREADY_BILLED)
        staged.already_billed = cursor.rowcount
        cursor.execute(sql.DROP_OVERLAPPING)
        staged.add("months_overlap", cursor.fetchall())
        if kind != "other":
            cursor.execute(sql.WITHOUT_PRICE, parameters)
            staged.add("no_price", cursor.fetchall())
        cursor.execute(sql.OWNER_UNKNOWN)
        staged.add("owner_unknown", cursor.fetchall())
        cursor.execute(sql.TOTALS)
        staged.bill_count, staged.total, staged.reduction_total = cursor.fetchone()
    return staged


def post_staged(
    *, run_id: int | None, kind: str, period: str, at: datetime, replaces: int | None = None, apply_credit: bool = True
) -> list[int]:
    """Post the bills that lie ready: accounts are opened and held, tallies and schedules told, and credit settles what
    it can. The books are held by then. The accounts that had credit.
    """
    parameters: dict[str, Any] = {"run": run_id, "kind": kind, "period": period, "now": at, "replaces": replaces}
    insert = sql.POST_BILLS.format(replaces=sql.REPLACES_NOTHING if replaces is None else sql.REPLACES_FIRST)
    with connection.cursor() as cursor:
        cursor.execute(sql.OPEN_ACCOUNTS, parameters)
        cursor.execute(sql.HOLD_ACCOUNTS)
        cursor.execute(sql.ANALYSE.format(table="fee_held"))
        for statement in (insert, sql.ADD_BILLED, sql.MARK_SCHEDULES):
            cursor.execute(statement, parameters)
        cursor.execute(sql.WITH_CREDIT)
        with_credit = [account for (account,) in cursor.fetchall()]
        cursor.execute(sql.DROP_STAGES)
    if with_credit and apply_credit:
        apply_credit_to(with_credit, at)
    return with_credit

"""The digest of what was posted: taken when it is posted, kept in history, and computed anew by the nightly audit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

# Days and moments as numbers, since their text hangs on the session's settings; a jsonb has one text. Half the time of
# one made by jsonb_build_array, which counts where a city is billed.
BILL_SHA256 = """
sha256(convert_to(concat_ws('|',
    bill.id, coalesce(bill.run_id, 0), bill.neighbourhood_id, bill.account_id, coalesce(bill.household_id, 0),
    bill.kind, length(bill.charge), bill.charge, bill.period, bill.starts_on - date '2000-01-01',
    bill.ends_on - date '2000-01-01', bill.due_on - date '2000-01-01', bill.amount, bill.reduction,
    coalesce(bill.late_for_id, 0), coalesce(bill.replaces_id, 0), extract(epoch FROM bill.created_at), bill.lines
), 'UTF8'))
"""
"""Over all that never changes of a bill; what is settled of it, and that it is void, comes later and stays out."""

RUN_DIGEST = f"""
SELECT count(*), coalesce(sum(amount), 0), encode(sha256(coalesce(string_agg(hash, ''::bytea ORDER BY id), '')), 'hex')
FROM (SELECT bill.id, bill.amount, {BILL_SHA256} AS hash FROM governance_bill AS bill WHERE bill.run_id = %s) AS posted
"""  # noqa: S608

BILL_DIGEST = f"""
SELECT encode({BILL_SHA256}, 'hex') FROM governance_bill AS bill WHERE bill.id = %s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class RunDigest:
    """How many bills a run posted, their amount in yuan before reductions, and the hash over them in order of id."""

    count: int
    total: Decimal
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """As history keeps it."""
        return {"count": self.count, "total": str(self.total), "sha256": self.sha256}


def run_digest(run_id: int) -> RunDigest:
    """Of all bills that a run posted, void ones too. One query."""
    with connection.cursor() as cursor:
        cursor.execute(RUN_DIGEST, [run_id])
        count, total, sha256 = cursor.fetchone()
    return RunDigest(count, total, sha256)


def bill_digest(bill_id: int) -> str:
    """Of one bill that no run posted: issued anew, a visit's, a late charge. One query."""
    with connection.cursor() as cursor:
        cursor.execute(BILL_DIGEST, [bill_id])
        (sha256,) = cursor.fetchone()
    found: str = sha256
    return found

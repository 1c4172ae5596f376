"""The nightly audit of the book: statements over chunks of keys, so that memory stays flat over any number of bills.

What it found is signed and kept for ever. It repairs nothing: `rebuild_fees` does, once people know why.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction
from django.utils import timezone

from consent.models import SigningKey
from consent.rules.canonical import Json, canonical_bytes, utc_text
from consent.services.signing import key_id, public_key, signing_key
from governance.models import FeeAudit, MonthClosing
from governance.reports.fees.closings import control_totals, totals_digest
from governance.rules.fees.audits import AUDIT_FORMAT, FINDINGS_KEPT, digest_of, signed_bytes
from governance.services.fees import audit_sql

CHUNK = 20_000

_RESULT = """
SELECT (SELECT count(*) FROM looked), (SELECT count(*) FROM found),
    (SELECT coalesce(jsonb_agg(to_jsonb(kept)), '[]') FROM (SELECT * FROM found ORDER BY 1, 3 LIMIT %(kept)s) AS kept)
"""

_NEXT_KEY = """
SELECT max(key)
FROM (SELECT DISTINCT {key} AS key FROM {table} WHERE {key} > %s ORDER BY 1 LIMIT %s) AS keys
"""

# A chunk is sorted in memory, and is too short for the compiler to be worth its time.
_SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"

# One audit at a time, over all servers of a site.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('governance.fee_audit'))"


@dataclass(frozen=True, slots=True)
class Check:
    """A statement of `audit_sql`, run over so many keys at a time. `resource` is what the ids are that it finds."""

    code: str
    resource: str
    sql: str
    table: str = "governance_bill"
    key: str = "id"
    chunk: int = CHUNK


CHECKS: tuple[Check, ...] = (
    Check("bill_lines", "bills", audit_sql.BILL_LINES),
    Check("line_prices", "bills", audit_sql.LINE_PRICES),
    Check("areas", "bills", audit_sql.AREAS),
    Check("months_once", "bills", audit_sql.MONTHS_ONCE, "renovation_household", chunk=2_000),
    Check("late_charges", "bills", audit_sql.LATE_CHARGES, key="late_for_id"),
    Check("bill_settled", "bills", audit_sql.BILL_SETTLED),
    Check("payments", "payments", audit_sql.PAYMENTS, "governance_payment"),
    Check("account_credit", "fee-accounts", audit_sql.ACCOUNT_CREDIT, "governance_feeaccount", chunk=2_000),
    Check("credit_applied", "fee-accounts", audit_sql.CREDIT_APPLIED, "governance_feeaccount"),
    Check("refunds", "fee-refunds", audit_sql.REFUNDS, "governance_refund"),
    Check("billed_tallies", "", audit_sql.BILLED_TALLIES, "renovation_neighbourhood", chunk=10),
    Check("settled_tallies", "", audit_sql.SETTLED_TALLIES, "renovation_neighbourhood", chunk=10),
    Check("runs_unedited", "billing-runs", audit_sql.RUNS_UNEDITED, "governance_billingrun", chunk=10),
    Check("bills_unedited", "bills", audit_sql.BILLS_UNEDITED),
)

CLOSED_MONTHS = "closed_months"

CHECK_CODES = (*(check.code for check in CHECKS), CLOSED_MONTHS)


@dataclass(slots=True)
class Proof:
    """What a check came to: how many things it looked at, how many did not hold, and the first of them."""

    code: str
    looked_at: int = 0
    found: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)

    def add(self, looked_at: int, found: int, findings: list[dict[str, Any]]) -> None:
        self.looked_at += looked_at
        self.found += found
        self.findings += findings[: FINDINGS_KEPT - len(self.findings)]


def audit_fees(
    *, day: date | None = None, at: datetime | None = None, tell: Callable[[Proof], None] | None = None
) -> FeeAudit:
    """Prove the whole book, and keep the signed report of `day` (today). `tell` hears of each check when it is done.

    Every statement is a moment of its own, and none waits for a clerk or lets one wait. Run again, it makes another
    report.
    """
    started_at = at or timezone.now()
    proofs = []
    for check in CHECKS:
        proofs.append(_prove(check))
        if tell:
            tell(proofs[-1])
    proofs.append(_prove_closings())
    if tell:
        tell(proofs[-1])
    return _keep(proofs, day or timezone.localdate(started_at), started_at, at or timezone.now())


def verify_audits(audits: Iterator[FeeAudit]) -> list[str]:
    """What does not hold of reports, in the order in which they were made, each by its day and what is wrong: nothing
    where each is signed by a key that the site published, says what it signed, and names the one before.
    """
    keys: dict[str, bytes] = {row.key_id: bytes(row.public_key) for row in SigningKey.objects.all()}
    wrong: list[str] = []
    before: str | None = None
    for audit in audits:
        body = orjson.loads(audit.body)
        if audit.digest != digest_of(audit.body) or not _is_signed(audit, keys):
            wrong.append(f"{audit.pk} {audit.day}: signature")
        if (body["day"], body["checks"], body["findings"]) != (
            audit.day.isoformat(),
            audit.checks,
            audit.findings,
        ) or audit.finding_count != sum(check["found"] for check in body["checks"]):
            wrong.append(f"{audit.pk} {audit.day}: content")
        if before is not None and body["previous"] != before:
            wrong.append(f"{audit.pk} {audit.day}: order")
        before = audit.digest
    return wrong


def _is_signed(audit: FeeAudit, keys: Mapping[str, bytes]) -> bool:
    raw = keys.get(audit.key_id)
    if raw is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(bytes(audit.signature), signed_bytes(audit.body))
    except InvalidSignature:
        return False
    return True


def _prove(check: Check) -> Proof:
    proof, after = Proof(check.code), 0
    next_key = _NEXT_KEY.format(key=check.key, table=check.table)
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SETTINGS)
            cursor.execute(next_key, [after, check.chunk])
            (upto,) = cursor.fetchone()
            if upto is None:
                return proof
            cursor.execute(check.sql + _RESULT, {"after": after, "upto": upto, "kept": FINDINGS_KEPT})
            looked_at, found, rows = cursor.fetchone()
        proof.add(looked_at, found, [_finding(check, row) for row in _read(rows)])
        after = upto


def _read(rows: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(rows) if isinstance(rows, str) else rows
    return found


def _finding(check: Check, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "check": check.code,
        "neighbourhood": row["neighbourhood_id"],
        "resource": check.resource,
        "id": row["id"],
        "expected": row["expected"] or "",
        "is": row["is"] or "",
    }


def _prove_closings() -> Proof:
    """The control totals of every closed month are those of its book now."""
    proof = Proof(CLOSED_MONTHS)
    closings = MonthClosing.objects.filter(reopened_at=None).select_related("neighbourhood").order_by("pk")
    for closing in closings.iterator(chunk_size=500):
        totals = control_totals(closing.neighbourhood_id, closing.month)
        digest = totals_digest(totals)
        if digest == closing.digest and totals == closing.totals:
            proof.add(1, 0, [])
            continue
        finding = {
            "check": CLOSED_MONTHS,
            "neighbourhood": closing.neighbourhood_id,
            "resource": "month-closings",
            "id": closing.pk,
            "expected": closing.digest,
            "is": digest,
        }
        proof.add(1, 1, [finding])
    return proof


@transaction.atomic
def _keep(proofs: list[Proof], day: date, started_at: datetime, finished_at: datetime) -> FeeAudit:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    before = FeeAudit.objects.order_by("-pk").first()
    checks = [{"code": proof.code, "looked_at": proof.looked_at, "found": proof.found} for proof in proofs]
    findings = [finding for proof in proofs for finding in proof.findings]
    told: dict[str, Json] = {
        "format": AUDIT_FORMAT,
        "day": day.isoformat(),
        "started_at": utc_text(started_at),
        "finished_at": utc_text(finished_at),
        "checks": checks,  # type: ignore[dict-item] # dictionaries are mappings
        "findings": findings,
        "previous": before.digest if before else None,
    }
    body = canonical_bytes(told).decode()
    SigningKey.objects.get_or_create(key_id=key_id(), defaults={"public_key": public_key()})
    kept: FeeAudit = FeeAudit.objects.create(
        day=day,
        checks=checks,
        findings=findings,
        finding_count=sum(proof.found for proof in proofs),
        body=body,
        digest=digest_of(body),
        key_id=key_id(),
        signature=signing_key().sign(signed_bytes(body)),
        started_at=started_at,
        finished_at=finished_at,
    )
    return kept

"""Statements of banks and payment providers: read, kept with their receipts, and matched with the book."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services.history import add_history
from governance.errors.fees import StatementTooLarge, StatementUnreadable
from governance.models import Statement, StatementLine
from governance.rules.fees.statements import MAX_BYTES, Reading, read_statement
from governance.services.fees.matching import match_statement
from renovation.models import Neighbourhood
from renovation.rules.roster.files import UnreadableFile

FAULTS_TOLD = 20

WHY_UNREADABLE = {
    "file_empty": gettext_lazy("The file is empty."),
    "file_encrypted": gettext_lazy("The file is under a password. Save it without one."),
    "file_is_a_web_page": gettext_lazy("The file is a web page, not a table. Download it again as CSV or Excel."),
    "columns_missing": gettext_lazy("The table has no column for: %(columns)s."),
    "too_many_rows": gettext_lazy("A statement has at most %(rows)s receipts. Take it in by months."),
    "amount_unreadable": gettext_lazy("Row %(row)s: the amount cannot be read."),
    "time_unreadable": gettext_lazy("Row %(row)s: the time cannot be read."),
    "reference_cut": gettext_lazy(
        "Row %(row)s: the spreadsheet has cut the reference. Download the file again as CSV."
    ),
    "reference_too_long": gettext_lazy("Row %(row)s: the reference is too long."),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A statement, whether it was taken in just now, and whether the worker goes on with matching it."""

    statement: Statement
    created: bool
    goes_on: bool = False


def take_statement(
    *, neighbourhood: Neighbourhood, source: str, file: File, by: User, at: datetime | None = None
) -> Taken:
    """Read a file, keep it with its receipts, and match them. The same file again is the statement that stands.

    Raises StatementTooLarge, or StatementUnreadable with the rows at fault: nothing of it is kept then. Not in a
    transaction: each line is recorded in one of its own.
    """
    if (file.size or 0) > MAX_BYTES:
        raise StatementTooLarge(_("A statement has at most %(megabytes)s MB.") % {"megabytes": MAX_BYTES >> 20})
    digest = hashlib.sha256()
    with NamedTemporaryFile() as copy:
        for chunk in file.chunks():
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        if earlier := _kept(neighbourhood, digest.hexdigest()):
            return Taken(earlier, False)
        reading = _read(Path(copy.name))
    file.seek(0)
    statement = Statement(
        neighbourhood=neighbourhood,
        source=source,
        file_name=(file.name or "")[-200:],
        sha256=digest.hexdigest(),
        line_count=len(reading.receipts),
        total=sum(receipt.amount for receipt in reading.receipts),
        by=by,
    )
    try:
        with transaction.atomic():
            statement.file.save(uuid.uuid4().hex, file, save=False)
            _keep(statement, reading)
    except IntegrityError:
        if earlier := _kept(neighbourhood, statement.sha256):  # two sent it at once
            return Taken(earlier, False)
        raise
    matched = match_statement(statement=statement, by=by, at=at)
    return Taken(statement, True, matched.goes_on)


# --- Taking in -------------------------------------------------------------------------------------


def _kept(neighbourhood: Neighbourhood, digest: str) -> Statement | None:
    return Statement.objects.filter(neighbourhood=neighbourhood, sha256=digest).first()


def _read(path: Path) -> Reading:
    try:
        reading = read_statement(path, timezone.get_default_timezone())
    except UnreadableFile as refusal:
        why = str(WHY_UNREADABLE.get(refusal.code, gettext_lazy("The file cannot be read: no table of receipts.")))
        raise StatementUnreadable(why % refusal.params, reason=refusal.code, rows=[]) from refusal
    if reading.faults:
        told = reading.faults[:FAULTS_TOLD]
        words = " ".join(str(WHY_UNREADABLE[fault.code]) % {"row": fault.row} for fault in told)
        rows = [{"row": fault.row, "code": fault.code} for fault in told]
        raise StatementUnreadable(words, reason="rows_unreadable", rows=rows)
    return reading


def _keep(statement: Statement, reading: Reading) -> None:
    statement.save()
    StatementLine.objects.bulk_create(
        [
            StatementLine(
                statement=statement,
                row=receipt.row,
                reference=receipt.reference,
                received_at=receipt.received_at,
                amount=receipt.amount,
                payer=receipt.payer,
                remark=receipt.remark,
            )
            for receipt in reading.receipts
        ],
        batch_size=1_000,
    )
    add_history(
        statement,
        "statement_taken",
        by=statement.by,
        action="created",
        source=statement.source,
        lines=statement.line_count,
        total=str(statement.total),
        sha256=statement.sha256,
    )

"""Roster imports: taking a file in, checking it or loading it by sets, and taking an import back."""

import hashlib
import logging
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson
from django.core.files import File
from django.db import connection, transaction
from django.db.models import ManyToOneRel
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Act
from accounts.models import HistoryEntry, User
from accounts.permissions import may_write
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from accounts.services.jobs import is_cancelled, queue_job, tell_failure, tell_progress
from common.locks import alone
from renovation.choices import ImportMode, ImportStatus
from renovation.errors import FileTooLarge, ImportInUse, NoFileKept, NothingToRevert
from renovation.models import (
    Building,
    Household,
    Neighbourhood,
    Owner,
    Ownership,
    ParkingSpace,
    RosterImport,
    RosterMapping,
    RosterProblem,
    Stairwell,
)
from renovation.reports.roster_imports import may_be_reverted
from renovation.rules.roster.files import MAX_FILE_BYTES, UnreadableFile
from renovation.rules.roster.problems import Problem
from renovation.rules.roster.reading import Reading
from renovation.services import roster_sql as sql
from renovation.services.registry import SIZE

logger = logging.getLogger(__name__)

JOB = "renovation.jobs.run_roster_import"
STEPS = 4
"""Reading, comparing with the registry, matching, writing: what the progress of an import is told in."""
UNFINISHED = (ImportStatus.QUEUED, ImportStatus.RUNNING)

_BETWEEN_ALIASES = re.compile(r"[,，、;；]")
_WRITTEN = (ParkingSpace, Ownership, Owner, Household, Stairwell, Building)
"""What an import writes, in the order in which it is taken back."""


class Refused(Exception):
    """Ends a load that must leave nothing behind; the problems say why."""

    def __init__(self, reading: Reading, rows: int) -> None:
        super().__init__()
        self.reading, self.rows = reading, rows


# --- Taking a file in ------------------------------------------------------------------------------


@transaction.atomic
def queue_import(
    *,
    neighbourhood: Neighbourhood,
    file: File,
    file_name: str,
    mode: str,
    by: User,
    mapping: Mapping[str, str] | None = None,
) -> RosterImport:
    """Keep a file and queue its reading by the worker. Raises FileTooLarge."""
    return _queued(
        keep_file(neighbourhood=neighbourhood, file=file, file_name=file_name, mode=mode, by=by, mapping=mapping)
    )


@transaction.atomic
def keep_file(
    *,
    neighbourhood: Neighbourhood,
    file: File,
    file_name: str,
    mode: str,
    by: User,
    mapping: Mapping[str, str] | None = None,
) -> RosterImport:
    """Keep a file to be read by `run_import`, here and now. Reads it once, in chunks. Raises FileTooLarge."""
    if (file.size or 0) > MAX_FILE_BYTES:
        raise FileTooLarge(_("A roster has at most %(megabytes)s MB.") % {"megabytes": MAX_FILE_BYTES >> 20})
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    roster_import = RosterImport(
        neighbourhood=neighbourhood,
        community_code=neighbourhood.community_code,
        file_name=file_name[-200:],
        sha256=digest.hexdigest(),
        mode=mode,
        mapping=dict(mapping or {}),
        by=by,
    )
    roster_import.file.save(uuid.uuid4().hex, file, save=False)
    return _kept(roster_import)


@transaction.atomic
def queue_again(
    *, roster_import: RosterImport, mode: str, by: User, mapping: Mapping[str, str] | None = None
) -> RosterImport:
    """Queue another reading of a file that is kept: after its check, or with other columns. Raises NoFileKept.

    `mapping` adds to what the earlier reading took columns for.
    """
    if not roster_import.file:
        raise NoFileKept(_("The file of this import is no longer kept."))
    again = RosterImport(
        neighbourhood=roster_import.neighbourhood,
        community_code=roster_import.community_code,
        file=roster_import.file.name,
        file_name=roster_import.file_name,
        sha256=roster_import.sha256,
        mode=mode,
        mapping={**roster_import.mapping, **(mapping or {})},
        by=by,
    )
    return _queued(_kept(again))


def _kept(roster_import: RosterImport) -> RosterImport:
    roster_import.save()
    add_history(roster_import, "queued", by=roster_import.by, action="created", mode=roster_import.mode)
    return roster_import


def _queued(roster_import: RosterImport) -> RosterImport:
    queue_job(JOB, roster_import.pk, about=roster_import, by=roster_import.by, can_be_cancelled=True)
    return roster_import


@contextmanager
def local_file(roster_import: RosterImport) -> Iterator[Path]:
    """The kept file as a path, wherever it is stored. Raises NoFileKept."""
    try:
        if not roster_import.file:
            raise FileNotFoundError
        try:
            path = Path(roster_import.file.path)
        except NotImplementedError:  # a storage that keeps no paths
            with NamedTemporaryFile() as copy, roster_import.file.open("rb") as file:
                for chunk in file.chunks():
                    copy.write(chunk)
                copy.flush()
                yield Path(copy.name)
        else:
            yield path
    except FileNotFoundError as error:
        raise NoFileKept(_("The file of this import is no longer kept.")) from error


# --- Reading and loading ---------------------------------------------------------------------------


def run_import(*, roster_import_id: int, at: datetime | None = None) -> None:
    """Read the file of a queued import, as whoever queued it, and do what its mode says. Does nothing if it ran before.

    A file that cannot be read, an error in a row where all or nothing was asked, or a right that was lost since end in
    `refused`, with nothing written. Waits while another process runs the same import; one that was left `running`, by a
    process that was killed, is run again once, and refused after that: it may be what kills.
    """
    with alone("roster-import", roster_import_id):
        with transaction.atomic():
            unfinished = RosterImport.objects.select_for_update(of=("self",)).select_related("neighbourhood", "by")
            roster_import = unfinished.filter(pk=roster_import_id, status__in=UNFINISHED).first()
            if roster_import is None:
                return
            broke_off_twice = roster_import.status == ImportStatus.RUNNING and _broke_off(roster_import)
            roster_import.status, roster_import.started_at = ImportStatus.RUNNING, at or timezone.now()
            roster_import.save(update_fields=["status", "started_at"])
        try:
            if broke_off_twice:
                tell_failure("broke_off")
                raise UnreadableFile("import_failed")
            if is_cancelled():
                raise UnreadableFile("import_cancelled")
            if not may_write(roster_import.by, Act.REGISTRY, roster_import.neighbourhood):
                raise UnreadableFile("not_allowed")
            with transaction.atomic():
                _load(roster_import, at or timezone.now())
        except Refused as refusal:
            _finish(roster_import, ImportStatus.REFUSED, refusal.reading, rejected=refusal.rows)
        except UnreadableFile as refusal:
            _finish(roster_import, ImportStatus.REFUSED, problems=[Problem(refusal.code, params=refusal.params)])
        except NoFileKept:
            _finish(roster_import, ImportStatus.REFUSED, problems=[Problem("no_file_kept")])
        except Exception:
            logger.exception("Roster import %s failed", roster_import.pk)
            tell_failure("import_failed")
            _finish(roster_import, ImportStatus.REFUSED, problems=[Problem("import_failed")])


def _broke_off(roster_import: RosterImport) -> bool:
    """Write down that a running import broke off, and say whether it had before."""
    mark = {"act": "queued", "details": {"broke_off": True}}
    known = HistoryEntry.objects.filter(resource=roster_import.resource, object_id=roster_import.pk, **mark).exists()
    add_history(roster_import, "queued", by=roster_import.by, action=None, broke_off=True)
    return known


def _load(roster_import: RosterImport, now: datetime) -> None:
    # Two imports for one neighbourhood queue here; foreign keys to it do not wait.
    neighbourhood = Neighbourhood.objects.select_for_update(no_key=True).get(pk=roster_import.neighbourhood_id)
    writes = roster_import.mode != ImportMode.DRY_RUN
    parameters: dict[str, Any] = {
        "import": roster_import.pk,
        "neighbourhood": neighbourhood.pk,
        "community": neighbourhood.community_code,
        "neighbourhood_code": neighbourhood.code,
        "now": now,
        "today": timezone.localdate(now),
        "writes": writes,
    }
    with local_file(roster_import) as path, connection.cursor() as cursor:
        reading = Reading(
            path,
            names=[neighbourhood.name, *filter(None, _BETWEEN_ALIASES.split(neighbourhood.aliases))],
            mapping=roster_import.mapping,
            remembered=_remembered(neighbourhood.community_code),
        )
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(sql.DROP_STAGES)
        cursor.execute(sql.CREATE_STAGES)
        tell_progress(0, STEPS)
        _copy(cursor, sql.COPY_ROWS, reading.rows())
        _copy(cursor, sql.COPY_SPACES, reading.spaces)
        cursor.execute(sql.DROP_REJECTED, {"keys": reading.late})
        cursor.execute(sql.ANALYSE.format(table="roster_stage"))
        tell_progress(1)
        _compare_places(cursor, reading, parameters)
        rejected = len(reading.rejected)
        if not reading.has_roster or (writes and rejected and roster_import.mode == ImportMode.ALL_OR_NOTHING):
            raise Refused(reading, rejected)
        if writes:
            for statement in sql.WRITE_PLACES:
                cursor.execute(statement, parameters)
        tell_progress(2)
        counts = _match(cursor, reading, parameters)
        tell_progress(3)
        if writes:
            for statement in sql.WRITE:
                cursor.execute(statement, parameters)
            if counts[0] or counts[1]:
                tell_changes([roster_import.neighbourhood], fields=SIZE)
        cursor.execute(sql.DROP_STAGES)
    tell_progress(STEPS)
    _remember(roster_import, reading)
    _finish(roster_import, ImportStatus.DONE, reading, counts=counts, rejected=rejected, at=now)


def _compare_places(cursor: Any, reading: Reading, parameters: Mapping[str, Any]) -> None:
    """What only the registry knows of the rows: doors that are retired (kept out), and buildings that are new to it."""
    cursor.execute(sql.FIND_PLACES, parameters)
    cursor.execute(sql.RETIRED, parameters)
    retired = [key for (key,) in cursor.fetchall()]
    for key in retired:
        reading.rejected[key] = ("", "")
        reading.problems.append(_at(reading, key, "household_retired"))
    if retired:
        cursor.execute(sql.DROP_REJECTED, {"keys": retired})
    cursor.execute(sql.NEW_BUILDINGS_NAMED, parameters)
    for key, building in cursor.fetchall():
        reading.problems.append(_at(reading, key, "new_building", building=building))


def _match(cursor: Any, reading: Reading, parameters: Mapping[str, Any]) -> tuple[int, int, int]:
    """Which rows are new, which change something and which do not. Leaves what it found for the writing."""
    cursor.execute("DROP TABLE roster_place")
    for table, statement in (
        ("roster_place", sql.FIND_PLACES),
        ("roster_row", sql.MATCH_ROWS),
        ("roster_changed", sql.FIND_CHANGED),
        ("roster_owner", sql.FIND_OWNERS),
        ("roster_held", sql.FIND_HELD),
        ("roster_gain", sql.FIND_GAINS),
        ("roster_loss", sql.FIND_LOSSES),
    ):
        cursor.execute(statement, parameters)
        cursor.execute(sql.ANALYSE.format(table=table))
    cursor.execute(sql.OWNERS_CHANGED)
    reading.problems.extend(_at(reading, key, "owner_changed") for (key,) in cursor.fetchall())
    cursor.execute(sql.COUNT, parameters)
    created, updated, unchanged = cursor.fetchone()
    return created, updated, unchanged


def _at(reading: Reading, key: int, code: str, **params: int | str) -> Problem:
    sheet, row = reading.where(key)
    return Problem(code, sheet, row, params=params)


class _CopySource:
    """Rows of clean text as a file that COPY reads. Keeps what the rows raise, which the driver makes into words."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self._rows = iter(rows)
        self.error: Exception | None = None

    def read(self, size: int) -> bytes:
        lines: list[str] = []
        length = 0
        try:
            for row in self._rows:
                line = "\t".join(row)
                lines.append(line)
                length += len(line)
                if length >= size:
                    break
        except Exception as error:
            self.error = error
            raise
        lines.append("")
        return "\n".join(lines).encode()


def _copy(cursor: Any, statement: str, rows: Iterable[Sequence[str]]) -> None:
    source = _CopySource(rows)
    try:
        cursor.cursor.copy_expert(statement, source, size=1 << 16)
    except Exception as error:
        if source.error is not None:
            raise source.error from error
        raise


def _finish(
    roster_import: RosterImport,
    status: str,
    reading: Reading | None = None,
    *,
    problems: Sequence[Problem] = (),
    counts: tuple[int, int, int] = (0, 0, 0),
    rejected: int = 0,
    at: datetime | None = None,
) -> None:
    """Write down how it ended, with every problem in the order of the file."""
    with transaction.atomic(), connection.cursor() as cursor:
        if reading is not None:
            order = {sheet: number for number, sheet in enumerate(reading.sheets)}
            problems = sorted(reading.problems, key=lambda problem: (order[problem.sheet], problem.row))
            roster_import.columns = _columns(reading)
            roster_import.mapping = _mapping(reading, roster_import.mapping)
            roster_import.rows_read = reading.rows_read
        _copy(cursor, sql.COPY_PROBLEMS, (_problem_row(roster_import, problem) for problem in problems))
        roster_import.status, roster_import.finished_at = status, at or timezone.now()
        roster_import.created, roster_import.updated, roster_import.unchanged = counts
        roster_import.rejected, roster_import.problem_count = rejected, len(problems)
        roster_import.save()
        figures = {name: getattr(roster_import, name) for name in ("rows_read", "created", "updated", "unchanged")}
        add_history(roster_import, status, by=roster_import.by, fields=["status"], mode=roster_import.mode, **figures)
        if status == ImportStatus.DONE and roster_import.mode != ImportMode.DRY_RUN:
            add_history(
                roster_import.neighbourhood,
                "roster_imported",
                by=roster_import.by,
                action=None,
                roster_import=roster_import.pk,
                **figures,
            )


def _problem_row(roster_import: RosterImport, problem: Problem) -> Sequence[str]:
    params = orjson.dumps(problem.params).decode().replace("\\", "\\\\")
    return (
        str(roster_import.pk),
        _escaped(problem.sheet[:100]),
        str(problem.row),
        problem.column,
        _escaped(problem.header[:60]),
        problem.code,
        "t" if problem.is_error else "f",
        params,
    )


def _escaped(text: str) -> str:
    """Names of sheets and columns are shown as they are, but must not end a line of COPY."""
    return re.sub(r"[\x00-\x1f]", " ", text).replace("\\", "\\\\")


def _columns(reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "sheet": table.sheet,
            "column": column.letter,
            "header": column.header,
            "key": column.key,
            "field": column.field,
            "fate": column.fate,
        }
        for table in reading.tables
        if table.kind is not None or not reading.has_roster
        for column in table.columns
    ]


# --- What columns were taken for -------------------------------------------------------------------


def _remembered(community_code: str) -> dict[str, dict[str, str]]:
    return dict(RosterMapping.objects.filter(community_code=community_code).values_list("signature", "mapping"))


def _remember(roster_import: RosterImport, reading: Reading) -> None:
    """Keep this import's own mapping for the community's next file of that shape."""
    for table in reading.tables:
        keys = {column.key for column in table.columns}
        if used := {key: field for key, field in roster_import.mapping.items() if key in keys}:
            RosterMapping.objects.update_or_create(
                community_code=roster_import.community_code,
                signature=table.signature,
                defaults={"mapping": used, "by": roster_import.by},
            )


def _mapping(reading: Reading, own: Mapping[str, str]) -> dict[str, str]:
    """What the columns were taken for by hand, now or on an earlier file, so that a later reading does the same."""
    return {**{key: field for table in reading.tables for key, field in table.mapping.items()}, **own}


# --- Taking an import back -------------------------------------------------------------------------


@transaction.atomic
def revert_import(*, roster_import: RosterImport, by: User, at: datetime | None = None) -> RosterImport:
    """Take back what an import wrote: created rows go, changed rows become what they were.

    Raises NothingToRevert, and ImportInUse naming what hangs on its rows or was changed in them since: survey rolls,
    later owners, later imports. Then nothing is taken back.
    """
    Neighbourhood.objects.select_for_update(no_key=True).get(pk=roster_import.neighbourhood_id)
    locked = (
        RosterImport.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=roster_import.pk)
    )
    if not may_be_reverted(locked):
        raise NothingToRevert(_("This import wrote nothing that could be taken back."))
    parameters: dict[str, Any] = {
        "import": locked.pk,
        "community": locked.community_code,
        "neighbourhood_code": locked.neighbourhood.code,
        "now": at or timezone.now(),
    }
    with connection.cursor() as cursor:
        if hanging := list(_hanging(cursor, parameters)):
            words = _(", ").join(
                _("%(count)s × %(things)s") % {"count": item["count"], "things": item["name"]} for item in hanging
            )
            raise ImportInUse(
                _("This import can no longer be taken back. Its rows are used or were changed since: %(what)s.")
                % {"what": words},
                hanging=hanging,
            )
        for statement in (*sql.RESTORE, sql.NOTE_REMOVED):
            cursor.execute(statement, parameters)
        for model in _WRITTEN:
            remove = sql.REMOVE.format(table=model._meta.db_table)
            cursor.execute(remove, {**parameters, "resource": model.resource})
            if model is Ownership:
                for voters in (False, True):
                    cursor.execute(sql.RESTORE_OWNERSHIPS, {**parameters, "voters": voters})
        cursor.execute(sql.NOTE_RESTORED, parameters)
    tell_changes([locked.neighbourhood], fields=SIZE)
    locked.status, locked.reverted_at, locked.reverted_by = ImportStatus.REVERTED, parameters["now"], by
    locked.save(update_fields=["status", "reverted_at", "reverted_by"])
    add_history(locked, "reverted", by=by, fields=["status"])
    return locked


def _hanging(cursor: Any, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of others that refer to what the import created, and its own rows that were changed after it.

    Every table that refers to one of ours is asked, of higher apps too, without naming them.
    """
    for model in _WRITTEN:
        here = {**parameters, "resource": model.resource}
        cursor.execute(sql.CHANGED_SINCE.format(table=model._meta.db_table), here)
        (count,) = cursor.fetchone()
        if count:
            name = _("%(things)s changed since") % {"things": model._meta.verbose_name_plural}
            yield {"resource": model.resource, "count": count, "name": name}
        for relation in model._meta.get_fields(include_hidden=True):
            if not isinstance(relation, ManyToOneRel):
                continue
            thing: Any = relation.related_model
            statement = sql.HANGING.format(table=thing._meta.db_table, column=relation.field.column)
            own = _resource_of(thing)
            cursor.execute(statement, {**here, "own": own or thing._meta.label_lower})
            (count,) = cursor.fetchone()
            if count:
                yield {
                    "resource": own or thing._meta.model_name,
                    "count": count,
                    "name": str(thing._meta.verbose_name_plural),
                }


def _resource_of(model: Any) -> str:
    """The name that all rows of a model have in the API; none where it hangs on the row, or there is none."""
    resource = getattr(model, "resource", "")
    return resource if isinstance(resource, str) else ""


def problems_of(roster_import: RosterImport) -> Any:
    """Its problems in the order of the file."""
    return RosterProblem.objects.filter(roster_import=roster_import).order_by("id")

"""Public notices: posted, replaced, closed; and the objections against them (policy.md, section h)."""

from datetime import date, datetime
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from common.figures import full_day_text
from common.photos import read_photo
from consent.choices import NoticeKind, NoticeState, ObjectionState
from consent.errors import (
    NoticeClosed,
    NoticeHangs,
    NoticeNotOver,
    NoticeReplaced,
    NoticeTooEarly,
    NoticeTooShort,
    ObjectionAnswered,
    ObjectionsOpen,
    PlanIsDraft,
    PlanSuperseded,
    SurveyOpen,
    SurveySuperseded,
    WrongSubject,
)
from consent.models import Objection, PublicNotice, Survey
from consent.reports.notices import last_closed_survey, objections_in_line
from consent.rules.notices import TERMS, earliest_end, is_long_enough, why_not_closed
from consent.services.signing import publish_head
from renovation.choices import EvidenceKind
from renovation.errors import DayInFuture
from renovation.models import Neighbourhood, RenovationPlan
from renovation.reports.plans import plan_to_show
from renovation.services.evidence import push_evidence
from renovation.services.plans import bring_into_force

EVIDENCE = {
    NoticeKind.SURVEY_RESULT: EvidenceKind.RESULT_NOTICE,
    NoticeKind.PLAN: EvidenceKind.PLAN_NOTICE,
}
"""What guards of the lifecycle read of notices, by kind."""


@transaction.atomic
def post_notice(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    title: str,
    text: str,
    place: str,
    posted_on: date,
    ends_on: date,
    survey: Survey | None = None,
    plan: RenovationPlan | None = None,
    photo: UploadedFile | None = None,
    replaces: PublicNotice | None = None,
    by: User,
    at: datetime | None = None,
) -> PublicNotice:
    """Record that a notice was posted. With `replaces` it takes the place of one that hangs, whose days are lost: its
    own begin anew, and objections against the earlier one still want an answer before it may be closed.

    A notice of a survey's result carries the signed head of the survey's ledger as it is now. Raises WrongSubject,
    SurveyOpen, SurveySuperseded, PlanIsDraft, PlanSuperseded, DayInFuture, NoticeTooEarly, NoticeTooShort, NoticeHangs,
    NoticeClosed, NoticeReplaced or PhotoRefused.
    """
    picture = _jpeg(photo)
    if survey is not None:
        # The survey before its neighbourhood, as closing and a late visit lock them: the notice's row names both.
        Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    at = at or timezone.now()
    earliest = _subject_day(locked, kind, survey, plan)
    if replaces is not None:
        replaces = PublicNotice.objects.select_for_update().get(pk=replaces.pk)
        if (replaces.neighbourhood_id, replaces.kind) != (locked.pk, kind):
            raise WrongSubject(_("A notice is replaced by one of its own kind, in its own neighbourhood."))
        _refuse_unless_posted(replaces)
        earliest = max(replaces.posted_on, earliest or replaces.posted_on)
    elif kind in EVIDENCE:
        hangs = PublicNotice.objects.posted().filter(neighbourhood=locked, kind=kind).first()
        if hangs is not None:
            raise NoticeHangs(
                _("A notice of this kind hangs already. If its content has changed, replace it."), notice=hangs.pk
            )
    _refuse_days(kind, posted_on, ends_on, earliest, timezone.localdate(at))
    notice = PublicNotice(
        neighbourhood=locked,
        kind=kind,
        title=title,
        text=text,
        survey=survey,
        plan=plan,
        tree_head=publish_head(Survey.objects.get(pk=survey.pk), at) if survey is not None else None,
        replaces=replaces,
        place=place,
        posted_on=posted_on,
        ends_on=ends_on,
        posted_by=by,
    )
    if picture is not None:
        notice.posting_photo.save(f"{uuid4()}.jpg", picture, save=False)
    notice.save()
    if replaces is not None:
        replaces.state = NoticeState.REPLACED
        replaces.save(update_fields=["state"])
        add_history(replaces, "notice_replaced", by=by, fields=["state", "replaced_by"], replaced_by=notice.pk)
    add_history(
        notice,
        "notice_posted",
        by=by,
        action="created",
        kind=kind,
        place=place,
        posted_on=posted_on.isoformat(),
        ends_on=ends_on.isoformat(),
        replaces=replaces.pk if replaces else None,
    )
    _push(notice, by=by, at=at)
    return notice


@transaction.atomic
def close_notice(
    *, notice: PublicNotice, note: str = "", photo: UploadedFile | None = None, by: User, at: datetime | None = None
) -> PublicNotice:
    """Close a notice that is over and has no open objection; a plan whose notice it was comes into force.

    Raises NoticeClosed, NoticeReplaced, NoticeNotOver, ObjectionsOpen or PhotoRefused.
    """
    picture = _jpeg(photo)
    locked = _locked(notice)
    at = at or timezone.now()
    _refuse_unless_posted(locked)
    left = [objection.pk for objection in objections_in_line(locked) if objection.state == ObjectionState.OPEN]
    match why_not_closed(locked.ends_on, timezone.localdate(at), len(left)):
        case "notice_not_over":
            raise NoticeNotOver(
                _("The notice hangs until the end of %(day)s.") % {"day": full_day_text(locked.ends_on)},
                ends_on=locked.ends_on.isoformat(),
            )
        case "objections_open":
            raise ObjectionsOpen(_("An objection is open. Answer it first."), objections=left)
    locked.state, locked.closed_at, locked.closed_by = NoticeState.CLOSED, at, by
    locked.closing_note = note.strip()
    fields = ["state", "closed_at", "closed_by", "closing_note"]
    if picture is not None:
        locked.closing_photo.save(f"{uuid4()}.jpg", picture, save=False)
        fields.append("closing_photo")
    locked.save(update_fields=fields)
    add_history(locked, "notice_closed", by=by, fields=fields, note=locked.closing_note)
    _push(locked, by=by, at=at)
    if locked.plan is not None:
        bring_into_force(plan=locked.plan, by=by, at=at)
    return locked


@transaction.atomic
def raise_objection(
    *, notice: PublicNotice, raised_on: date, text: str, raised_by: str = "", by: User, at: datetime | None = None
) -> Objection:
    """Record what somebody holds against a notice that hangs; also after its last day, until it is closed.

    Raises NoticeClosed, NoticeReplaced, NoticeTooEarly (before it was posted) or DayInFuture.
    """
    locked = _locked(notice)
    at = at or timezone.now()
    _refuse_unless_posted(locked)
    _refuse_future(raised_on, timezone.localdate(at))
    if raised_on < locked.posted_on:
        raise NoticeTooEarly(
            _("The notice was posted on %(day)s: nobody objected to it before.")
            % {"day": full_day_text(locked.posted_on)},
            earliest=locked.posted_on.isoformat(),
        )
    made = Objection.objects.create(
        notice=locked, raised_on=raised_on, raised_by=raised_by.strip(), text=text.strip(), recorded_by=by
    )
    add_history(made, "objection_raised", by=by, action="created", notice=locked.pk)
    tell_changes([locked], fields=["objections", "open_objections"])
    _push(locked, by=by, at=at)
    return made


@transaction.atomic
def answer_objection(
    *, objection: Objection, answer: str, answered_on: date, by: User, at: datetime | None = None
) -> Objection:
    """Answer an objection, also one against a notice that was replaced since. Its answer stands.

    Raises ObjectionAnswered, NoticeTooEarly (before it was raised) or DayInFuture.
    """
    notice = _locked(objection.notice)
    locked = Objection.objects.select_for_update().get(pk=objection.pk)
    at = at or timezone.now()
    if locked.state == ObjectionState.ANSWERED:
        raise ObjectionAnswered(_("This objection is answered already."))
    _refuse_future(answered_on, timezone.localdate(at))
    if answered_on < locked.raised_on:
        raise NoticeTooEarly(
            _("The objection was raised on %(day)s: it was not answered before.")
            % {"day": full_day_text(locked.raised_on)},
            earliest=locked.raised_on.isoformat(),
        )
    locked.state, locked.answer, locked.answered_on, locked.answered_by = (
        ObjectionState.ANSWERED,
        answer.strip(),
        answered_on,
        by,
    )
    locked.notice = notice
    locked.save(update_fields=["state", "answer", "answered_on", "answered_by"])
    add_history(locked, "objection_answered", by=by, fields=["state", "answer", "answered_on"], notice=notice.pk)
    tell_changes([notice], fields=["open_objections"])
    # What hangs now has the objections of those it replaced.
    while (later := PublicNotice.objects.filter(replaces=notice).select_related("neighbourhood").first()) is not None:
        notice = later
    _push(notice, by=by, at=at)
    return locked


def _locked(notice: PublicNotice) -> PublicNotice:
    """The notice under the lock of its neighbourhood and its own, in this order."""
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=notice.neighbourhood_id)
    locked = PublicNotice.objects.select_for_update().get(pk=notice.pk)
    locked.neighbourhood = neighbourhood
    return locked


def _jpeg(photo: UploadedFile | None) -> ContentFile | None:
    return ContentFile(read_photo(photo).cleaned()) if photo is not None else None


def _refuse_unless_posted(notice: PublicNotice) -> None:
    if notice.state == NoticeState.CLOSED:
        raise NoticeClosed(_("This notice is closed already."))
    if notice.state == NoticeState.REPLACED:
        raise NoticeReplaced(_("A later notice has taken its place."), replaced_by=notice.replaced_by.pk)


def _refuse_future(day: date, today: date) -> None:
    if day > today:
        raise DayInFuture(_("This day is still to come."))


def _refuse_days(kind: str, posted_on: date, ends_on: date, earliest: date | None, today: date) -> None:
    _refuse_future(posted_on, today)
    if earliest is not None and posted_on < earliest:
        raise NoticeTooEarly(
            _("It cannot have hung before %(day)s: what it tells of was not there yet.")
            % {"day": full_day_text(earliest)},
            earliest=earliest.isoformat(),
        )
    if not is_long_enough(kind, posted_on, ends_on):
        first = earliest_end(kind, posted_on)
        raise NoticeTooShort(
            _("“%(kind)s” hangs for at least %(days)s days, the day of posting not counted: until %(day)s or later.")
            % {"kind": NoticeKind(kind).label, "days": TERMS[kind].days, "day": full_day_text(first)},
            least_days=TERMS[kind].days,
            earliest_end=first.isoformat(),
        )


def _subject_day(
    neighbourhood: Neighbourhood, kind: str, survey: Survey | None, plan: RenovationPlan | None
) -> date | None:
    """The first day on which a notice of this can hang: when the survey was closed, the revision frozen.

    A result is told of the last survey and a plan of its last revision: an earlier one is no longer what counts.
    """
    if (survey is not None) != (kind == NoticeKind.SURVEY_RESULT) or (plan is not None) != (kind == NoticeKind.PLAN):
        raise WrongSubject(_("The notice of a result names its survey, that of a plan its revision, others neither."))
    if survey is not None:
        if survey.neighbourhood_id != neighbourhood.pk:
            raise WrongSubject(_("The survey is of another neighbourhood."))
        survey = Survey.objects.get(pk=survey.pk)
        if survey.closed_at is None:
            raise SurveyOpen(_("The survey is still open: its result is made public once it is closed."))
        if survey != last_closed_survey(neighbourhood):
            raise SurveySuperseded(_("A later survey has been closed here: post its result."))
        return timezone.localdate(survey.closed_at)
    if plan is not None:
        if plan.neighbourhood_id != neighbourhood.pk:
            raise WrongSubject(_("The plan is of another neighbourhood."))
        plan = RenovationPlan.objects.get(pk=plan.pk)
        if plan.frozen_at is None:
            raise PlanIsDraft(_("This revision of the plan is a draft: freeze it first."))
        if plan != plan_to_show(neighbourhood):
            raise PlanSuperseded(_("A later revision of the plan has been frozen: post that one."))
        return timezone.localdate(plan.frozen_at)
    return None


def _push(notice: PublicNotice, *, by: User, at: datetime) -> None:
    """Tell the lifecycle how the notice stands, where one of its guards waits for it.

    A notice of an earlier survey, overtaken while it hung, tells nothing: the guard would take it for the later one's.
    """
    kind = EVIDENCE.get(NoticeKind(notice.kind))
    if kind is None or (notice.survey_id and notice.survey != last_closed_survey(notice.neighbourhood)):
        return
    objections = objections_in_line(notice)
    facts = {
        "place": notice.place,
        "posted_on": notice.posted_on.isoformat(),
        "ends_on": notice.ends_on.isoformat(),
        "objections": len(objections),
        "objections_answered": sum(found.state == ObjectionState.ANSWERED for found in objections),
        "closed": notice.state == NoticeState.CLOSED,
    }
    if notice.plan is not None:
        facts["revision"] = notice.plan.number
    push_evidence(
        neighbourhood=notice.neighbourhood, kind=kind, facts=facts, source=("notices", notice.pk), by=by, at=at
    )

"""What a household says against a recorded answer, and how community staff settle it (docs/ledger.md, To contest)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from common.secrets import decrypt, encrypt
from consent.choices import ContestState
from consent.errors import ContestAnswered, ContestedEnough, ContestOpen, NotCorrected
from consent.models import ReceiptContest, Survey, Visit
from consent.reports.contests import correction_of
from consent.services.signing import publish_head

MOST_CONTESTS = 5
"""So often may one entry be contested: whoever holds a code must not flood those who answer."""


def phone_of(contest: ReceiptContest) -> str:
    """The number to call back; empty where none was given, or once it was erased."""
    return decrypt(bytes(contest.phone)).decode() if contest.phone else ""


@transaction.atomic
def contest_receipt(*, visit: Visit, text: str, phone: str = "", at: datetime | None = None) -> ReceiptContest:
    """Keep what the holder of a receipt says against it. Nobody signs in for this: the code speaks for the household.

    Raises ContestOpen while an earlier one waits, and ContestedEnough after `MOST_CONTESTS`.
    """
    # Two at once: the second one waits here, and then finds the first. Not at the survey's row, where visits queue.
    Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    survey = Survey.objects.select_related("neighbourhood").get(pk=visit.survey_id)
    earlier = ReceiptContest.objects.filter(visit=visit)
    if earlier.open().exists():
        raise ContestOpen(_("This answer is contested already. The community will answer here."))
    if earlier.count() >= MOST_CONTESTS:
        raise ContestedEnough(
            _("This answer was contested %(most)s times. Please speak to the community itself.")
            % {"most": MOST_CONTESTS},
            most=MOST_CONTESTS,
        )
    phone = phone.strip()
    made = ReceiptContest.objects.create(
        survey=survey,
        visit=visit,
        text=text.strip(),
        phone=encrypt(phone.encode()) if phone else None,
        raised_at=at or timezone.now(),
    )
    add_history(made, "receipt_contested", by=None, action="created", sequence=visit.sequence)
    return made


@transaction.atomic
def answer_contest(
    *, contest: ReceiptContest, state: str, answer: str, by: User, at: datetime | None = None
) -> ReceiptContest:
    """Settle a contest: the answer was `corrected`, or `stands` as recorded; and erase the phone that came with it.

    `answer` is read by whoever holds the code. Raises ContestAnswered, and NotCorrected where it is said to be
    corrected and the ledger holds no correction: that is a visit of its own, recorded first. A head that covers it is
    published with the answer: of a closed survey no other would be.
    """
    survey = contest.survey
    if state == ContestState.CORRECTED:
        # The survey before the contest: visits queue at its row, so that no entry comes between correction and head.
        survey = Survey.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=survey.pk)
    locked = ReceiptContest.objects.select_for_update(of=("self",)).get(pk=contest.pk)
    locked.survey, locked.visit = survey, contest.visit
    at = at or timezone.now()
    if locked.state != ContestState.OPEN:
        raise ContestAnswered(_("Somebody has answered this already."))
    if state == ContestState.CORRECTED:
        locked.correction = correction_of(locked)
        if locked.correction is None:
            raise NotCorrected(
                _("The ledger holds no correction of entry no. %(sequence)s yet. Record it first, then answer here.")
                % {"sequence": locked.visit.sequence},
                sequence=locked.visit.sequence,
            )
        publish_head(survey, at)
    locked.state, locked.answer = state, answer.strip()
    locked.answered_at, locked.answered_by, locked.phone = at, by, None
    fields = ["state", "answer", "answered_at", "answered_by", "correction"]
    locked.save(update_fields=[*fields, "phone"])
    add_history(
        locked,
        "receipt_contest_answered",
        by=by,
        fields=fields,
        state=str(state),
        correction=locked.correction.sequence if locked.correction else None,
    )
    return locked

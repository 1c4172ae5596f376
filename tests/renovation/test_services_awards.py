"""Tranches of an award, and that neither the service nor the database lets one be paid before its time."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import HistoryEntry
from renovation.choices import AwardState, Stage
from renovation.errors import AmountTooLarge, DocumentNeeded, HandoverNotAccepted, NoSuchAwardStep, NotAnAward
from renovation.models import AwardStep, AwardTranche, FundingEntry, FundingSource, Neighbourhood
from renovation.services.awards import add_tranche, advance_tranche
from tests.factories import make_neighbourhood
from tests.renovation.funds import make_source

pytestmark = pytest.mark.django_db

PATH = ["planned", "eligible", "approved", "paid"]


def a_source(stage: str = Stage.HANDED_OVER, kind: str = "award") -> FundingSource:
    return make_source(make_neighbourhood(stage=stage), kind)


def a_tranche(stage: str = Stage.HANDED_OVER, up_to: str = "planned") -> AwardTranche:
    tranche = add_tranche(source=a_source(stage), amount=Decimal("500.00"), by=None)
    for state in PATH[1 : PATH.index(up_to) + 1]:
        tranche = advance_tranche(tranche=tranche, to=state, document="拨付通知", by=None)
    return tranche


def test_tranches_are_numbered_within_their_source() -> None:
    source = a_source()

    numbers = [add_tranche(source=source, amount=Decimal(1), by=None).number for _ in range(2)]

    assert numbers == [1, 2]
    assert add_tranche(source=a_source(), amount=Decimal(1), by=None).number == 1


def test_only_an_award_has_tranches() -> None:
    with pytest.raises(NotAnAward):
        add_tranche(source=a_source(kind="central"), amount=Decimal(1), by=None)


def test_tranches_stay_within_what_can_be_received() -> None:
    source = a_source()
    add_tranche(source=source, amount=Decimal("9999999999.98"), by=None)

    with pytest.raises(AmountTooLarge):
        add_tranche(source=source, amount=Decimal("0.02"), by=None)

    assert add_tranche(source=source, amount=Decimal("0.01"), by=None).number == 2


def test_paid_its_money_is_received_once_and_every_step_is_on_record() -> None:
    tranche = a_tranche(up_to="approved")
    assert not FundingEntry.objects.exists()

    advance_tranche(tranche=tranche, to="paid", document=" 支付凭证 ", by=None)

    entry = FundingEntry.objects.get()
    assert (entry.tranche, entry.source, entry.step, entry.amount) == (tranche, tranche.source, "received", 500)
    assert entry.document == "支付凭证"
    assert list(AwardStep.objects.order_by("pk").values_list("to_state", flat=True)) == PATH[1:]
    acts = HistoryEntry.objects.filter(resource="award-tranches").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["created", "award_advanced", "award_advanced", "award_advanced"]


@pytest.mark.parametrize("stage", sorted(set(Stage.values) - {"handed_over", "long_term"}))
def test_no_award_before_handover_is_accepted(stage: str) -> None:
    tranche = a_tranche(stage)

    with pytest.raises(HandoverNotAccepted):
        advance_tranche(tranche=tranche, to="eligible", document="x", by=None)

    tranche.refresh_from_db()
    assert tranche.state == "planned"


@pytest.mark.parametrize("stage", [Stage.HANDED_OVER, Stage.LONG_TERM])
def test_it_is_eligible_once_handover_is_accepted(stage: str) -> None:
    assert a_tranche(stage, up_to="eligible").state == "eligible"


@pytest.mark.parametrize(
    ("state", "to"),
    [(state, to) for place, state in enumerate(PATH) for to in PATH if PATH.index(to) != place + 1],
)
def test_no_step_is_left_out_and_none_leads_back(state: str, to: str) -> None:
    tranche = a_tranche(up_to=state)

    with pytest.raises(NoSuchAwardStep) as refused:
        advance_tranche(tranche=tranche, to=to, document="x", by=None)

    assert refused.value.extra["steps"] == PATH[PATH.index(state) + 1 :][:1]


def test_a_step_needs_a_document() -> None:
    with pytest.raises(DocumentNeeded):
        advance_tranche(tranche=a_tranche(), to="eligible", document=" ", by=None)


ACTS = st.tuples(st.sampled_from(["advance", "hand over", "write"]), st.sampled_from(PATH))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(acts=st.lists(ACTS, max_size=14))
def test_no_acts_whatever_pay_a_tranche_that_was_not_eligible_and_approved(acts: list[tuple[str, str]]) -> None:
    """Steps by the service and raw statements past it, in any order: what follows is always the one path."""
    with transaction.atomic():
        tranche = a_tranche(Stage.EVALUATED)
        seen = ["planned"]
        for act, to in acts:
            if act == "hand over":
                Neighbourhood.objects.filter(pk=tranche.source.neighbourhood_id).update(stage=Stage.HANDED_OVER)
                continue
            try:
                with transaction.atomic():
                    if act == "advance":
                        advance_tranche(tranche=tranche, to=to, document="x", by=None)
                    else:
                        AwardTranche.objects.filter(pk=tranche.pk).update(state=to)
            except (NoSuchAwardStep, HandoverNotAccepted, DatabaseError):
                pass
            state = AwardTranche.objects.values_list("state", flat=True).get(pk=tranche.pk)
            if state != seen[-1]:
                seen.append(state)

        assert seen == PATH[: len(seen)]
        paid = FundingEntry.objects.filter(tranche=tranche).count()
        by_service = AwardStep.objects.filter(tranche=tranche, to_state="paid").count()
        assert paid == by_service
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", AwardState.values)
@pytest.mark.parametrize("to", AwardState.values)
def test_the_database_refuses_every_other_step(state: str, to: str) -> None:
    tranche = a_tranche(up_to=state)
    allowed = to == state or PATH[PATH.index(state) + 1 :][:1] == [to]

    with transaction.atomic(), connection.cursor() as cursor:
        statement = "UPDATE renovation_awardtranche SET state = %s WHERE id = %s"
        if allowed:
            cursor.execute(statement, [to, tranche.pk])
        else:
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement, [to, tranche.pk])

    tranche.refresh_from_db()
    assert tranche.state == (to if allowed else state)


def test_the_database_lets_no_tranche_begin_paid_and_no_sum_change_once_it_is_settled() -> None:
    tranche = a_tranche(up_to="eligible")

    with pytest.raises(DatabaseError), transaction.atomic():
        AwardTranche.objects.create(source=tranche.source, number=2, amount=1, state="paid")
    with pytest.raises(DatabaseError), transaction.atomic():
        AwardTranche.objects.filter(pk=tranche.pk).update(amount=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        AwardStep.objects.all().delete()

"""A row of each kind that a neighbourhood keeps of its plan, money, works, evaluation and notices."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from consent.models import Objection, PublicNotice, Survey
from renovation.models import (
    Acceptance,
    AwardStep,
    AwardTranche,
    ChangeRequest,
    CompletionFiling,
    Defect,
    DefectEvent,
    Evaluation,
    EvaluationAnswer,
    FundingEntry,
    FundingShare,
    FundingSource,
    Household,
    HouseholdShare,
    MenuItem,
    Neighbourhood,
    PackageEvent,
    PackageItem,
    PlanItem,
    ProgressEntry,
    RenovationPlan,
    SitePhoto,
    SiteReport,
    Warranty,
    WorkPackage,
)

# A grey square of one pixel.
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63680000008200"
    "810a6dd3c70000000049454e44ae426082"
)
DAY = date(2026, 9, 1)


def keep_works(neighbourhood: Neighbourhood, household: Household, survey: Survey, staff: User) -> dict[str, Any]:
    """Makes the rows, each with words that stand nowhere else, and returns their ids by what routes call them."""
    now = timezone.now()
    item = MenuItem.objects.filter(edition=survey.menu_edition).order_by("code").first()
    assert item is not None
    kept = {"recorded_at": now, "recorded_by": staff}

    source = FundingSource.objects.create(
        neighbourhood=neighbourhood, kind="residents", name="本小区出资", route="by_area"
    )
    award = FundingSource.objects.create(neighbourhood=neighbourhood, kind="award", name="本小区奖补")
    plan = RenovationPlan.objects.create(
        neighbourhood=neighbourhood, number=1, menu_edition=survey.menu_edition, reason="本小区方案", item_count=1
    )
    price = Decimal("100.00")
    plan_item = PlanItem.objects.create(
        plan=plan, menu_item=item, quantity=Decimal(2), unit_price=price, amount=2 * price, note="本小区院内"
    )
    FundingShare.objects.create(plan_item=plan_item, source=source, weight=1, planned=2 * price)
    HouseholdShare.objects.create(plan=plan, source=source, household=household, weight=1, amount=2 * price)
    plan.state, plan.frozen_at, plan.frozen_by, plan.in_force_at = "frozen", now, staff, now
    plan.total, plan.digest = 2 * price, "ab" * 32
    plan.save()
    draft = RenovationPlan.objects.create(
        neighbourhood=neighbourhood,
        number=2,
        menu_edition=survey.menu_edition,
        based_on=plan,
        reason="本小区变更",
    )
    draft_item = PlanItem.objects.create(plan=draft, menu_item=item, quantity=Decimal(3), note="本小区院外")

    tranche = AwardTranche.objects.create(source=award, number=1, amount=price)
    tranche.state = "eligible"
    tranche.save()
    AwardStep.objects.create(tranche=tranche, to_state="eligible", document="本小区移交单", at=now, by=staff)
    entry = FundingEntry.objects.create(
        source=source, step="received", amount=price, document="本小区收据", dated_on=DAY, **kept
    )
    commitment, payment = (
        FundingEntry.objects.create(
            source=source, step=step, amount=price, document="本小区凭证", dated_on=DAY, payer="王业主", **kept
        )
        for step in ("committed", "spent")
    )

    package = WorkPackage.objects.create(
        neighbourhood=neighbourhood,
        number=1,
        name="本小区工程",
        contractor="本小区施工单位",
        contract_document="本小区合同",
        starts_on=DAY,
        ends_on=date(2026, 12, 1),
        state="running",
    )
    package_item = PackageItem.objects.create(package=package, menu_item=item)
    PackageEvent.objects.create(package=package, to_state="running", at=now, by=staff)
    ProgressEntry.objects.create(
        package_item=package_item, done_share=Decimal("0.5"), done_on=DAY, note="本小区进度", at=now, by=staff
    )
    change = ChangeRequest.objects.create(
        neighbourhood=neighbourhood, number=1, requested_by="本小区施工单位", requested_on=DAY, text="本小区变更申请"
    )
    acceptance = Acceptance.objects.create(
        package=package, held_on=DAY, passed=True, attendees=["builder"], document="本小区验收", **kept
    )
    warranty = Warranty.objects.create(
        package=package,
        acceptance=acceptance,
        menu_item=item,
        kind="installation",
        years=2,
        starts_on=DAY,
        ends_on=date(2028, 9, 1),
        document="本小区保修书",
    )
    filing = CompletionFiling.objects.create(
        neighbourhood=neighbourhood,
        filed_on=DAY,
        filed_with="本小区备案机关",
        kept_at="本小区档案室",
        document="x",
        **kept,
    )

    report = SiteReport.objects.create(
        neighbourhood=neighbourhood,
        reporter="residents_supervisor",
        reporter_name="王业主",
        reported_on=DAY,
        text="本小区巡查",
        **kept,
    )
    defect = Defect.objects.create(
        neighbourhood=neighbourhood, package=package, severity="minor", text="本小区渗漏", found_on=DAY
    )
    DefectEvent.objects.create(defect=defect, act="raised", done_on=DAY, note="本小区渗漏", at=now, by=staff)
    photo = SitePhoto(
        neighbourhood=neighbourhood,
        report=report,
        phase="before",
        caption="本小区外墙",
        taken_on=DAY,
        sha256=b"2" * 32,
        **kept,
    )
    photo.file.save("a.png", ContentFile(PHOTO), save=True)

    evaluation = Evaluation.objects.create(
        neighbourhood=neighbourhood,
        number=1,
        title="本小区评价",
        questions=[{"code": "result", "text": "效果"}],
        minimum_share=Decimal("0.5"),
        household_count=4,
        opened_at=now,
        opened_by=staff,
    )
    EvaluationAnswer.objects.create(
        evaluation=evaluation,
        client_id=uuid4(),
        household=household,
        respondent="owner",
        scores={"result": 5},
        note="屋顶的棚子",
        answered_on=DAY,
        **kept,
    )

    notice = PublicNotice.objects.create(
        neighbourhood=neighbourhood,
        kind="plan",
        title="本小区公示",
        text="本小区公示内容",
        plan=plan,
        place="本小区大门",
        posted_on=DAY,
        ends_on=date(2026, 9, 8),
        posted_by=staff,
    )
    notice.posting_photo.save("b.png", ContentFile(PHOTO), save=True)
    objection = Objection.objects.create(
        notice=notice, raised_on=DAY, raised_by="王业主", text="本小区异议", recorded_by=staff
    )
    return {
        "plan": plan.pk,
        "revision": plan.number,
        "draft": draft.pk,
        "plan-item": draft_item.pk,
        "item": draft_item.pk,
        "code": item.code,
        "source": source.pk,
        "funding-source": source.pk,
        "funding-receipt": entry.pk,
        "funding-commitment": commitment.pk,
        "funding-payment": payment.pk,
        "entry": entry.pk,
        "tranche": tranche.pk,
        "award-tranche": tranche.pk,
        "package": package.pk,
        "work-package": package.pk,
        "change": change.pk,
        "change-request": change.pk,
        "acceptance": acceptance.pk,
        "warranty": warranty.pk,
        "filing": filing.pk,
        "completion-filing": filing.pk,
        "report": report.pk,
        "site-report": report.pk,
        "defect": defect.pk,
        "photo": photo.pk,
        "site-photo": photo.pk,
        "evaluation": evaluation.pk,
        "notice": notice.pk,
        "objection": objection.pk,
    }

"""What happens between the bills of the small city: sales, tenants, hardship, mistakes set right, arrears asked for."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from demonstration.rules import fees
from demonstration.rules.fees import FEE_PLANS
from demonstration.rules.people import GIVEN_NAMES, PHONE_PREFIX, SURNAMES
from demonstration.rules.sign_ins import SIGN_INS, SignIn
from demonstration.services.collecting import Collecting, Happening
from demonstration.services.lived import desk
from demonstration.services.planner import tell_planner
from demonstration.services.replay import moment
from demonstration.services.sign_ins import make_users
from governance.choices.fees import RunMode
from governance.models import Bill, FeeAccount, Payment
from governance.rules.fees.arrears import STEPS
from governance.rules.fees.periods import add_months, quarter_of
from governance.services.fees.audits import audit_fees
from governance.services.fees.disclosures import publish_disclosure
from governance.services.fees.liabilities import agree_liability
from governance.services.fees.purses import book_entry
from governance.services.fees.reductions import decide_reduction, propose_reduction
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reminders import remind
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.statements import take_statement
from governance.services.fees.voiding import reissue_bill
from renovation.models import Household, Neighbourhood, Owner, Ownership
from renovation.services.registry import change_row, create_row


def collect_all(
    neighbourhoods: Mapping[str, Neighbourhood],
    known: Mapping[str, User],
    staff: Mapping[str, User],
    now: datetime,
) -> None:
    """Bill and collect wherever somebody does, then audit the whole book. `staff` is each community's, by its code."""
    clerks = _clerks(neighbourhoods, known, timezone.localdate(now))
    for name, plan in FEE_PLANS.items():
        place = neighbourhoods[name]
        people = {"clerk": clerks[name], "community": staff[place.community_code]}
        book = Collecting(place, plan, people, now, HAPPENINGS[name])
        book.play()
        for act in AFTERWARDS[name]:
            act(book, book.begun_on)
        tell_planner("accounts", "governance")
    audit_fees(day=timezone.localdate(now), at=now)


def _clerks(neighbourhoods: Mapping[str, Neighbourhood], known: Mapping[str, User], today: date) -> Mapping[str, User]:
    """Who collects in each place: the sign-in in two of them, else somebody who never signs in."""
    own = {place for sign_in in SIGN_INS if sign_in.username == "clerk" for _role, place in sign_in.roles}
    others = {name: f"clerk-{neighbourhoods[name].code}" for name in FEE_PLANS if name not in own}
    made = make_users(
        [SignIn(username, "示范物业收费员", name, (("property_clerk", name),)) for name, username in others.items()],
        today,
        neighbourhoods,
    )
    return {name: made[others[name]] if name in others else known["clerk"] for name in FEE_PLANS}


# --- Between the bills ----------------------------------------------------------------------------------------


def a_tenant_agrees(book: Collecting, first: date) -> None:
    """A tenant pays from now on; the owner stays liable beside."""
    home = next(home for home in book.who(*fees.GOOD) if home.occupancy == "let")
    agree_liability(
        household=home,
        name=_person(book),
        phone=f"{PHONE_PREFIX}{book.dice.randrange(10**7):07}",
        starts_on=first,
        document="示范租赁与缴费约定（虚构）",
        by=book.clerk,
    )


def somebody_is_let_off(book: Collecting, first: date) -> None:
    """Half of the fee for a year, for hardship: proposed by the clerk, approved by the community."""
    home = next(home for home in book.who(fees.QUARTERLY) if home.use == "residential")
    _let_off(book, home, first, add_months(first, 11), "低保家庭，本人长期住院。")


def a_bill_is_issued_anew(book: Collecting, first: date) -> None:
    """A reduction came too late for a bill: that one is void, and issued anew with it."""
    home = next(home for home in book.who(fees.MONTHLY) if home.use == "residential")
    month = add_months(first, -book.plan.step)
    _let_off(book, home, month, add_months(month, 5), "下岗待业，已享受临时救助。")
    bill = Bill.objects.live().get(household=home, kind="property", starts_on=month)
    reissue_bill(bill=bill, reason="减免于出账后批准。", by=book.clerk, at=desk(first))


def _let_off(book: Collecting, home: Household, first: date, last: date, why: str) -> None:
    reduction = propose_reduction(
        household=home,
        kind="property",
        reason="hardship",
        share=Decimal("0.5"),
        from_month=first,
        to_month=last,
        text=why,
        document="示范救助证明（虚构）",
        by=book.clerk,
    )
    by, at = book.people["community"], desk(first - timedelta(days=3))
    decide_reduction(reduction=reduction, approve=True, text="情况属实。", by=by, at=at)


def a_home_with_arrears_is_sold(book: Collecting, first: date) -> None:
    """What the seller owes stays with the seller; the buyer starts clean, and pays."""
    home = next(home for home in book.who(fees.NEVER) if home.use == "residential")
    _sell(book, home, first)
    book.habits[home.pk] = fees.QUARTERLY


def a_home_paid_ahead_is_sold(book: Collecting, first: date) -> None:
    """Between two half-years of a year that was paid ahead: what the seller paid ahead is paid back."""
    if first.month != 7 or first == book.begun_on:
        return
    home = next(home for home in book.who(fees.YEARLY) if home.use == "residential")
    account = book.account_of(home)
    _sell(book, home, first)
    account.refresh_from_db()
    if account.credit:
        at = desk(first - timedelta(days=4))
        refund_credit(
            account=account,
            amount=account.credit,
            method="bank",
            reference=book.reference("bank", at),
            reason="房屋已出售，退还预收物业费。",
            document="示范退费单（虚构）",
            by=book.clerk,
            at=at,
        )


def an_owner_is_not_on_record(book: Collecting, first: date) -> None:
    """Sold, and nobody has told who bought it: billed to the household, and listed."""
    home = next(home for home in book.who(fees.STOPPED) if home.use == "residential")
    for held in Ownership.objects.filter(household=home, ends_on=None):
        change_row(held, by=book.clerk, ends_on=first - timedelta(days=20))


def a_payment_is_taken_back(book: Collecting, first: date) -> None:
    """Cash that was entered for the neighbour: reversed the next day, and entered where it belongs."""
    wrong, right = book.who(fees.QUARTERLY)[1:3]
    at = moment(first - timedelta(days=5), time(16, 10))
    payment = book.pay(book.account_of(wrong), Decimal("96.00"), at, method="cash")
    next_day = at + timedelta(hours=17)
    reverse_payment(payment=payment, reason="记错户，应为邻户缴费。", by=book.clerk, at=next_day)
    book.pay(book.account_of(right), Decimal("96.00"), at, method="cash", note="更正：原记入邻户。")


def the_purses(book: Collecting, first: date) -> None:
    """What the owners have in common brings in, and what it costs, once a quarter."""
    day = first + timedelta(days=1)
    if day >= book.today:
        return
    for purse, source, amount, paper in (
        ("public_income", "advertising", "1800.00", "示范广告合同（虚构）"),
        ("public_income", "letting", "2400.00", "示范车棚租约（虚构）"),
        ("public_income", "running_cost", "-650.00", "示范电费单（虚构）"),
        ("maintenance_fund", "interest", "412.35", "示范专户回单（虚构）"),
    ):
        book_entry(
            neighbourhood=book.neighbourhood,
            purse=purse,
            source=source,
            amount=Decimal(amount),
            booked_on=day,
            document=paper,
            by=book.clerk,
            at=desk(day),
        )


# --- When all is billed ---------------------------------------------------------------------------------------


def vacancy_waits(book: Collecting, _first: date) -> None:
    """The contract lets a vacant home off something: proposed, and not decided yet."""
    homes = [home for home in book.homes.values() if home.occupancy == "vacant" and home.use == "residential"]
    propose_reduction(
        household=homes[0],
        kind="property",
        reason="vacant",
        from_month=add_months(book.month(0), 1),
        to_month=add_months(book.month(0), 6),
        text="连续空置，水电表停走。",
        by=book.clerk,
    )


def next_month_is_tried(book: Collecting, _first: date) -> None:
    """A dry run, as the clerk makes one before posting."""
    book.run("property", f"{add_months(book.month(0), 1):%Y-%m}", book.now - timedelta(hours=1), RunMode.DRY_RUN)


def arrears_are_asked_for(book: Collecting, _first: date) -> None:
    """Step after step, the further the more is owed; half of them got no further than a friendly word."""
    due_before = book.today - timedelta(days=95)
    overdue = FeeAccount.objects.filter(bills__state="open", bills__due_on__lt=due_before, household__isnull=False)
    for number, account in enumerate(overdue.filter(neighbourhood=book.neighbourhood).distinct().order_by("pk")):
        for step in STEPS[: (1, 2, 1, 3, 4)[number % 5]]:
            _remind(book, account, step, number)


def _remind(book: Collecting, account: FeeAccount, step: str, number: int) -> None:
    days_ago = {"notice": 80, "letter": 58, "visit": 30, "formal": 12}[step]
    day = book.today - timedelta(days=days_ago - number % 3)
    given = moment(day, time(10 if step != "visit" else 18, 20 + number % 30))
    promised = number % 10 == 3
    more = {
        "notice": {"channel": "message"},
        "letter": {"channel": "by_hand", "received": True, "document": f"示范送达回执{number + 1}号（虚构）"},
        "visit": {
            "channel": "at_the_door",
            "outcome": "promised" if promised else "disputed",
            "promised_on": book.today + timedelta(days=6) if promised else None,
            "note": "" if promised else "认为门禁未修好，要求先修后缴。",
        },
        "formal": {"channel": "post", "received": True, "document": f"示范挂号{number + 1:04}（虚构）"},
    }[step]
    remind(account=account, step=step, given_at=given, by=book.clerk, at=given, **more)  # type: ignore[arg-type]


def a_statement_comes_in(book: Collecting, _first: date) -> None:
    """The bank's file of what came in last: payments that are in the book, one that names its home and is just what is
    open, and two that nobody can place, for the clerk to settle.
    """
    at = desk(book.today - timedelta(days=1))
    known = Payment.objects.filter(neighbourhood=book.neighbourhood, method="bank", reversal=None)
    rows = [
        (row.paid_at, row.reference, row.amount, row.account.name, "物业费") for row in known.order_by("-paid_at")[:4]
    ]
    home = book.who(fees.LATE)[0]
    owed = sum(bill.outstanding for bill in Bill.objects.open().filter(household=home))
    if owed:
        told = f"{home.stairwell.building.number}-{home.stairwell.number}-{home.unit_number} 物业费"
        rows.append((at - timedelta(hours=5), book.reference("bank", at), owed, home.head_name, told))
    rows.append((at - timedelta(hours=4), book.reference("bank", at), Decimal("260.00"), _person(book), "物业"))
    rows.append((at - timedelta(hours=3), book.reference("bank", at), Decimal("75.00"), "示范商贸公司", "转账"))
    lines = ["交易时间,流水号,收入金额,对方户名,摘要"]
    for paid_at, reference, amount, payer, remark in rows:
        lines.append(f"{timezone.localtime(paid_at):%Y-%m-%d %H:%M:%S},{reference},{amount},{payer},{remark}")
    file = ContentFile("\n".join(lines).encode(), name=f"示范银行流水{book.today:%Y%m}.csv")
    take_statement(neighbourhood=book.neighbourhood, source="bank", file=file, by=book.clerk, at=at)


def last_quarter_is_disclosed(book: Collecting, _first: date) -> None:
    """Ten days after the quarter's end, or today where that is still to come."""
    quarter = quarter_of(add_months(book.month(0), -3))
    day = min(quarter.last + timedelta(days=10), book.today - timedelta(days=1))
    publish_disclosure(
        neighbourhood=book.neighbourhood,
        period=quarter,
        posted_at_place="东门公告栏",
        by=book.clerk,
        at=desk(max(day, quarter.last + timedelta(days=1))),
    )


def _sell(book: Collecting, home: Household, first: date) -> None:
    day = first - timedelta(days=12)
    for held in Ownership.objects.filter(household=home, ends_on=None):
        change_row(held, by=book.clerk, ends_on=day)
    place = {"community_code": home.community_code}
    buyer = create_row(
        Owner, by=book.clerk, neighbourhood=book.neighbourhood, kind="person", name=_person(book), **place
    )
    create_row(
        Ownership,
        by=book.clerk,
        owner=buyer,
        household=home,
        area_source="register",
        is_voter=True,
        starts_on=day + timedelta(days=1),
        **place,
    )


def _person(book: Collecting) -> str:
    return book.dice.choice(SURNAMES) + book.dice.choice(GIVEN_NAMES)


PURSES: tuple[tuple[int, Happening], ...] = tuple((ago, the_purses) for ago in (12, 9, 6, 3))

HAPPENINGS: Mapping[str, Iterable[tuple[int, Happening]]] = {
    "示范东山小区": (
        *PURSES,
        (9, a_tenant_agrees),
        (8, somebody_is_let_off),
        (7, a_home_with_arrears_is_sold),
        (1, a_bill_is_issued_anew),
        (1, a_payment_is_taken_back),
    ),
    "白龙岗小区": tuple((ago, a_home_paid_ahead_is_sold) for ago in (0, 6, 12)),
    "示范柏临小区": (*PURSES, (4, an_owner_is_not_on_record)),
    "示范沿江小区": (),
}

AFTERWARDS: Mapping[str, tuple[Happening, ...]] = {
    "示范东山小区": (
        vacancy_waits,
        a_statement_comes_in,
        next_month_is_tried,
        arrears_are_asked_for,
        last_quarter_is_disclosed,
    ),
    "白龙岗小区": (arrears_are_asked_for,),
    "示范柏临小区": (last_quarter_is_disclosed,),
    "示范沿江小区": (),
}

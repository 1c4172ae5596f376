"""A neighbourhood with its three texts, as they are told in one language; and the addresses that show them."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from governance.models import ConventionVersion
from governance.services.convention_signatures import sign_convention
from governance.services.conventions import adopt_version, draft_version, file_version, open_convention
from renovation.models import Household, Neighbourhood

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "residents": "嘉明花园居民公约",
        "residents_text": (
            "一、爱护公物，不占公共绿地，不在楼道堆放杂物。\n"
            "二、垃圾分类投放，大件垃圾提前向物业报备。\n"
            "三、文明养犬，出门牵绳，随手清理粪便。\n"
            "四、车辆停放入位，不占消防通道，电动车不进楼、不飞线充电。\n"
            "五、邻里和睦，遇事商量，夜间十点以后保持安静。\n"
            "六、按时交纳物业服务费，共同维护改造成果。"
        ),
        "more": "七、每季度开一次居民恳谈会，账目当场公布。",
        "covenant": "嘉明花园管理规约",
        "covenant_text": "第一条 本规约对全体业主具有约束力。\n第二条 共有部分的使用、维护和收益，由业主共同决定。",
        "stairwell": "一单元楼道公约",
        "stairwell_text": (
            "一、轮流打扫，每周六由值日户负责。\n二、楼道不堆物，不停电动车。\n三、见面问声好，老人有事搭把手。"
        ),
        "office": "学院街道办事处",
        "record": "居议〔2026〕3号",
        "signer": "周建国",
    },
    "en": {
        "residents": "Convention of Jiaming Garden",
        "residents_text": (
            "1. Keep what is common in order; leave nothing in the stairwells.\n"
            "2. Sort waste; tell the company before large things are put out.\n"
            "3. Dogs on a leash; clean up behind them.\n"
            "4. Park inside the lines; keep the fire lane free; no scooters indoors.\n"
            "5. Be good neighbours; be quiet after ten at night.\n"
            "6. Pay the fee in time and keep up what was renovated."
        ),
        "more": "7. Meet once a quarter and lay open the accounts.",
        "covenant": "Covenant of Jiaming Garden",
        "covenant_text": (
            "1. This covenant binds every owner.\n2. The owners decide together on what they hold in common."
        ),
        "stairwell": "Convention of Stairwell 1",
        "stairwell_text": (
            "1. Sweep in turn on Saturdays.\n2. Keep the stairs free.\n3. Greet each other; lend the old a hand."
        ),
        "office": "Xueyuan Subdistrict Office",
        "record": "Minutes 3 of 2026",
        "signer": "Zhou Jianguo",
    },
}


def agree(neighbourhood: Neighbourhood, doors: Sequence[Household], worker: User, language: str) -> dict[str, str]:
    """The residents' convention is in force and filed, with a second version being signed; the covenant is drafted; one
    stairwell signs its own. Returns the pages about them by a short name, as who keeps them sees them.
    """
    told, today = TOLD_IN[language], timezone.localdate()
    residents = open_convention(
        neighbourhood=neighbourhood,
        kind="residents",
        title=told["residents"],
        text=told["residents_text"],
        needed_share=None,
        by=worker,
    )
    first = residents.versions.get()
    _sign(first, doors[:4], worker, told["signer"])
    adopt_version(version=first, adopted_on=today, document=told["record"], by=worker)
    file_version(version=first, filed_on=today, filed_with=told["office"], by=worker)
    text = f"{told['residents_text']}\n{told['more']}"
    second = draft_version(convention=residents, text=text, needed_share=Decimal("0.6667"), by=worker)
    _sign(second, doors[:3], worker, told["signer"])
    covenant = open_convention(
        neighbourhood=neighbourhood, kind="covenant", title=told["covenant"], text=told["covenant_text"], by=worker
    )
    own = open_convention(
        neighbourhood=neighbourhood,
        kind="stairwell",
        stairwell=doors[0].stairwell,
        title=told["stairwell"],
        text=told["stairwell_text"],
        by=worker,
    )
    _sign(own.versions.get(), doors[:1], worker, told["signer"])
    adopt_version(version=own.versions.get(), adopted_on=today, by=worker)
    here = f"/neighbourhoods/{neighbourhood.pk}/conventions"
    return {
        "conventions": f"{here}/",
        "convention-residents": f"{here}/{residents.pk}/",
        "convention-covenant": f"{here}/{covenant.pk}/",
        "convention-stairwell": f"{here}/{own.pk}/",
        "convention-version": f"{here}/{residents.pk}/versions/1/",
        "convention-text": f"{here}/{covenant.pk}/text/",
        "convention-new": f"{here}/new/stairwell/",
        "convention-doors": f"{here}/{residents.pk}/doors/",
        "convention-door-signed": f"{here}/{residents.pk}/doors/{doors[0].pk}/",
        "convention-door": f"{here}/{residents.pk}/doors/{doors[3].pk}/",
        "convention-print": f"{here}/{residents.pk}/print/",
    }


def nothing_agreed(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The pages of a neighbourhood without any text."""
    here = f"/neighbourhoods/{neighbourhood.pk}/conventions"
    return {"conventions-none": f"{here}/", "convention-new-residents": f"{here}/new/residents/"}


def _sign(version: ConventionVersion, doors: Sequence[Household], worker: User, signer: str) -> None:
    for door in doors:
        sign_convention(
            version=version,
            household=door,
            signer=signer,
            respondent="owner",
            form="signed",
            signed_on=timezone.localdate(),
            client_id=uuid4(),
            by=worker,
        )

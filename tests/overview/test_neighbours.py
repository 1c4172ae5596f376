"""What the neighbours got: published pairs of photos, on the list of the deferred and on a page for the door."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.choices import Role
from overview.reports.deferred import deferred_list
from overview.reports.neighbours import neighbours_to_show
from renovation.choices import Stage
from renovation.models import Neighbourhood, PlanItem, RenovationPlan
from tests.cast import ELSEWHERE, HERE, THERE
from tests.factories import make_menu_edition, make_neighbourhood, make_user
from tests.overview.test_deferred import body, browse, finish
from tests.renovation.supervision_cast import an_item, keep_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def staff(db):
    make_menu_edition()
    return make_user(Role.COMMUNITY_STAFF, HERE)


@pytest.fixture
def hesitant(db):
    return make_neighbourhood(community_code=HERE, name="黄龙小区", stage=Stage.DEFERRED)


def pair(neighbourhood, by, code: str | None = "B03", **fields):
    item = an_item(code) if code else None
    before = keep_photo(neighbourhood, "before", by=by, menu_item=item, **fields)
    return before, keep_photo(neighbourhood, "after", by=by, menu_item=item, **fields)


def a_plan(neighbourhood, code: str, amount: str, *, number: int = 1, in_force: bool = True) -> None:
    item = an_item(code)
    plan = RenovationPlan.objects.create(neighbourhood=neighbourhood, number=number, menu_edition=item.edition)
    PlanItem.objects.create(plan=plan, menu_item=item, quantity=1, unit_price=Decimal(amount), amount=Decimal(amount))
    plan.state, plan.frozen_at, plan.digest = "frozen", timezone.now(), "ab" * 32
    plan.in_force_at = timezone.now() if in_force else None
    plan.save()


def test_a_finished_neighbour_is_shown_with_pairs_and_the_cost_of_the_plan_in_force(client, staff, hesitant):
    near = finish("宜港小区")
    before, after = pair(near, staff, caption="二号楼屋面")
    whole = pair(near, staff, code=None)
    a_plan(near, "B03", "100.00")
    a_plan(near, "B03", "174800.00", number=2)
    a_plan(near, "B03", "9.00", number=3, in_force=False)

    found = neighbours_to_show(staff, hesitant)
    page = body(browse(client, staff).get(f"/neighbourhoods/{hesitant.pk}/neighbours/"))

    (shown,) = found.shown
    assert [(one.before, one.after, one.cost) for one in shown.pairs] == [
        (*whole, None),
        (before, after, Decimal("174800.00")),
    ]
    assert "cost ¥174,800.00, by the plan" in page
    assert page.index(f'src="/site-photos/{before.pk}/"') < page.index(f'src="/site-photos/{after.pk}/"')
    assert "二号楼屋面" in page
    assert f'href="/neighbourhoods/{near.pk}/">宜港小区</a>' in page


def test_only_the_latest_published_photos_of_both_phases_make_a_pair(staff, hesitant):
    near = finish("宜港小区")
    item = an_item("B03")
    old, _after = pair(near, staff)
    newest = keep_photo(near, "before", by=staff, menu_item=item, taken_on=date(2026, 3, 2))
    keep_photo(near, "before", by=staff, menu_item=item, taken_on=date(2026, 3, 3), published=False)
    keep_photo(near, "during", by=staff, menu_item=item, taken_on=date(2026, 3, 4))
    keep_photo(near, "after", by=staff, menu_item=an_item("U11"))
    keep_photo(near, "before", by=staff, menu_item=an_item("B01"))
    keep_photo(near, "after", by=staff, menu_item=an_item("B01"), published=False)

    (shown,) = neighbours_to_show(staff, hesitant).shown

    assert [(one.item.code, one.before) for one in shown.pairs] == [("B03", newest)]
    assert newest != old


def test_of_those_outside_the_territory_only_what_they_published_is_shown(client, staff, hesitant):
    keeper = make_user(Role.COMMUNITY_STAFF, THERE)
    public, private = finish("公开的", community_code=THERE), finish("不公开的", community_code=THERE)
    pair(public, keeper)
    pair(private, keeper, published=False)
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])
    assert "不公开的" in body(browse(client, official).get(f"/neighbourhoods/{hesitant.pk}/neighbours/"))

    page = body(browse(client, staff).get(f"/neighbourhoods/{hesitant.pk}/neighbours/"))

    assert "公开的</h2>" in page
    assert "不公开的" not in page
    assert f'href="/neighbourhoods/{public.pk}/"' not in page


def test_neighbours_of_the_community_come_before_those_of_the_street(staff, hesitant):
    street = finish("同街道", community_code=THERE)
    pair(street, staff)
    assert [near.name for near in neighbours_to_show(staff, hesitant).shown] == ["同街道"]

    finish("同社区")

    found = neighbours_to_show(staff, hesitant)
    assert (found.in_community, found.shown, [near.name for near in found.without_photos]) == (True, [], ["同社区"])


def test_who_finished_too_long_ago_or_lies_elsewhere_is_not_shown(staff, hesitant):
    pair(finish("太久", days=181), staff)
    pair(finish("别的街道", community_code="420502002001"), staff)
    pair(finish("施工中", stage=Stage.UNDER_WORKS), staff)
    assert neighbours_to_show(staff, hesitant).shown == []

    pair(finish("刚好", days=180), staff)

    assert [near.name for near in neighbours_to_show(staff, hesitant).shown] == ["刚好"]


def test_the_neighbourhood_itself_is_no_neighbour(staff):
    own = finish("自己")
    pair(own, staff)

    assert neighbours_to_show(staff, own).shown == []


def test_what_a_stranger_may_not_see_has_no_neighbours_either(client, hesitant):
    url = f"/neighbourhoods/{hesitant.pk}/neighbours/"

    assert browse(client, make_user(Role.COMMUNITY_STAFF, HERE)).get(url).status_code == 200
    assert browse(client, make_user(Role.COMMUNITY_STAFF, ELSEWHERE)).get(url).status_code == 404


def test_the_list_of_the_deferred_shows_the_first_pair_and_leads_to_the_others(client, staff, hesitant):
    near = finish("宜港小区")
    before, _after = pair(near, staff, code=None)
    pair(near, staff)

    page = body(browse(client, staff).get("/neighbourhoods/deferred/"))
    found = deferred_list(staff, Neighbourhood.objects.visible_to(staff), start=0, size=50)

    assert [len(row.pairs) for row in found.rows] == [2]
    assert f'href="/neighbourhoods/{hesitant.pk}/neighbours/"' in page
    assert f'src="/site-photos/{before.pk}/small/"' in page
    assert "Show 2 pairs of photos at the door" in page


def test_without_photos_the_page_says_why_it_is_empty(client, staff, hesitant):
    url = f"/neighbourhoods/{hesitant.pk}/neighbours/"
    assert "No neighbour has finished its works lately." in body(browse(client, staff).get(url))

    near = finish("宜港小区")

    page = body(client.get(url))
    assert "No neighbour has published photos yet." in page
    assert f'href="/neighbourhoods/{near.pk}/works/photos/"' in page


def test_the_page_costs_the_same_queries_for_one_neighbour_and_for_three(
    client, staff, hesitant, django_assert_num_queries
):
    url = f"/neighbourhoods/{hesitant.pk}/neighbours/"
    browse(client, staff)
    for count in (1, 2):
        for number in range(count):
            near = finish(f"邻{count}{number}")
            pair(near, staff)
            pair(near, staff, code=None)
            a_plan(near, "B03", "5.00")
        client.get(url)
        with django_assert_num_queries(10):
            client.get(url)
    assert len(neighbours_to_show(staff, hesitant).shown) == 3


def test_since_is_the_day_here(staff, hesitant):
    near = finish("宜港小区", days=3)
    pair(near, staff)

    (shown,) = neighbours_to_show(staff, hesitant).shown

    assert shown.since == timezone.localdate() - timedelta(days=3)

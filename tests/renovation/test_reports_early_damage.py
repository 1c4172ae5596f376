"""Early damage by item, contractor and year; every count equals the defects behind it."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.choices import Role
from renovation.models import Defect, Evidence
from renovation.reports import early_damage as report
from renovation.reports.early_damage import UNKNOWN, early_damage, early_defects, narrowed
from tests.cast import ELSEWHERE, HERE, THERE
from tests.factories import make_menu_edition, make_neighbourhood, make_user
from tests.renovation.supervision_cast import a_defect, a_package, accept, an_item, noon


def found(asked=(), user=None):
    defects = Defect.objects.visible_to(user) if user else Defect.objects.all()
    return early_damage(narrowed(early_defects(defects), dict(asked)))


@pytest.mark.django_db
def test_counts_by_item_contractor_and_year():
    home, other = make_neighbourhood(community_code=HERE), make_neighbourhood(community_code=THERE)
    make_menu_edition()
    later = make_menu_edition(("B01",), valid_from=date(2026, 1, 1)).items.get()
    roof = an_item("B03")
    package = a_package(home, contractor="甲公司")
    accept(package, date(2024, 6, 1))
    built = {"package": package, "contractor": "甲公司", "after_acceptance": True}
    a_defect(home, menu_item=an_item("B01"), found_on=date(2025, 3, 1), **built)
    a_defect(home, menu_item=later, found_on=date(2026, 3, 1), state="closed", **built)
    a_defect(other, menu_item=roof, contractor="乙公司", after_acceptance=True, found_on=date(2026, 3, 2))
    a_defect(other, after_acceptance=True, found_on=date(2026, 3, 3))
    a_defect(home, menu_item=roof, contractor="乙公司")  # a finding of the works

    whole = found()

    assert (whole.total, whole.open, whole.neighbourhoods) == (4, 3, 2)
    assert [(one.key, one.count, one.open, one.neighbourhoods) for one in whole.items] == [
        ("B01", 2, 1, 1),
        ("B03", 1, 1, 1),
        (UNKNOWN, 1, 1, 1),
    ]
    assert [(one.key, one.count) for one in whole.contractors] == [("甲公司", 2), (UNKNOWN, 1), ("乙公司", 1)]
    assert whole.found_years == [2025, 2026]
    assert [(row.accepted, row.cells, row.total) for row in whole.years] == [
        (2024, [(2025, 1), (2026, 1)], 2),
        (None, [(2025, 0), (2026, 2)], 2),
    ]
    assert whole.found_totals == [(2025, 1), (2026, 3)]


@pytest.mark.django_db
def test_an_item_is_named_by_its_latest_edition():
    home = make_neighbourhood()
    early = make_menu_edition(("B01",)).items.get()
    later = make_menu_edition(("B01",), valid_from=date(2026, 1, 1)).items.get()
    type(later).objects.filter(pk=later.pk).update(name_zh="新名", name_en="New name")
    a_defect(home, menu_item=early, after_acceptance=True)

    assert [one.name for one in found().items] in (["新名"], ["New name"])


@pytest.mark.django_db
def test_without_a_package_the_standing_acceptance_of_the_neighbourhood_gives_the_year():
    home = make_neighbourhood()
    a_defect(home, after_acceptance=True)

    def tell(**fields):
        Evidence.objects.create(neighbourhood=home, kind="acceptance", at=noon(date(2026, 1, 1)), **fields)
        return [row.accepted for row in found().years]

    assert [row.accepted for row in found().years] == [None]
    assert tell(facts={"passed": True, "passed_on": "2023-12-31"}) == [2023]
    assert tell(facts={"passed": True, "passed_on": "2024-01-01"}) == [2024]
    assert tell(facts={}, revoked=True) == [None]


@pytest.mark.django_db
def test_it_is_narrowed_to_a_neighbourhood_a_division_and_the_territory():
    here, near, far = (make_neighbourhood(community_code=code) for code in (HERE, THERE, ELSEWHERE))
    for neighbourhood in (here, near, far):
        a_defect(neighbourhood, after_acceptance=True)
    staff = make_user(Role.COMMUNITY_STAFF, HERE)

    assert found().total == 3
    assert found({"division": HERE[:6]}).total == 2
    assert found({"neighbourhood": near.pk}).total == 1
    assert found(user=staff).total == 1
    assert found({"neighbourhood": near.pk}, user=staff).total == 0


@pytest.mark.django_db
def test_what_the_lists_leave_out_is_counted(monkeypatch):
    monkeypatch.setattr(report, "ROWS_SHOWN", 1)
    home = make_neighbourhood()
    for code, contractor in (("B01", "甲"), ("B01", "甲"), ("B03", "乙"), ("U11", "丙")):
        a_defect(home, menu_item=an_item(code), contractor=contractor, after_acceptance=True)

    whole = found()

    assert [(one.key, one.count) for one in whole.items] == [("B01", 2)]
    assert [(one.key, one.count) for one in whole.contractors] == [("甲", 2)]
    assert (whole.other_items, whole.other_contractors) == (2, 2)


@pytest.mark.django_db
def test_it_costs_the_same_queries_for_one_defect_and_for_many(django_assert_num_queries):
    home = make_neighbourhood()
    a_defect(home, menu_item=an_item("B01"), contractor="甲", after_acceptance=True)
    with django_assert_num_queries(5):
        found()
    for code in ("B03", "U11", "B01"):
        a_defect(make_neighbourhood(), menu_item=an_item(code), contractor=code, after_acceptance=True)
    with django_assert_num_queries(5):
        found()


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["B01", "B03", ""]),
        st.sampled_from(["甲", "乙", ""]),
        st.sampled_from([2023, 2024, None]),
        st.integers(2024, 2026),
        st.booleans(),
    ),
    max_size=8,
)


class TheCountsAndTheRowsBehindThem(TestCase):
    @given(rows=ROWS)
    @settings(max_examples=25, deadline=None)
    def test_each_count_opens_as_many_defects_and_all_of_them_add_up(self, rows):
        home = make_neighbourhood()
        make_menu_edition()
        packages = {year: a_package(home) for year in (2023, 2024)}
        for year, package in packages.items():
            accept(package, date(year, 5, 1))
        for code, contractor, accepted, year, early in rows:
            a_defect(
                home,
                menu_item=an_item(code) if code else None,
                contractor=contractor,
                package=packages.get(accepted),
                found_on=date(year, 6, 1),
                after_acceptance=early,
            )

        whole = found()

        def behind(**asked):
            return narrowed(early_defects(Defect.objects.all()), asked).count()

        assert whole.total == sum(1 for row in rows if row[4]) == behind()
        assert sum(one.count for one in whole.items) == whole.total
        assert sum(one.count for one in whole.contractors) == whole.total
        assert sum(row.total for row in whole.years) == whole.total
        assert sum(n for _year, n in whole.found_totals) == whole.total
        assert all(one.count == behind(item=one.key) for one in whole.items)
        assert all(one.count == behind(contractor=one.key) for one in whole.contractors)
        for row in whole.years:
            assert row.total == behind(accepted=row.key)
            assert all(n == behind(accepted=row.key, found=year) for year, n in row.cells)

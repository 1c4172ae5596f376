"""A day in the back office: found, narrowed and kept, changed together, taken in, told, and shown on a reason."""

import re
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.choices import Role
from accounts.models import HistoryEntry, RoleAssignment, SavedList
from consent.models import ConsentPolicy, Survey
from tests.browser.looks import AXE, RULES
from tests.consent.walked_survey import open_walked, walk
from tests.factories import PASSWORD, make_division, make_household, make_neighbourhood, make_user

SIZES = [("zh-hans", 1440), ("en", 360)]


class Desk:
    """A back office at one size and in one language, whose pages are looked at as they come."""

    def __init__(self, page: Page, url: str, language: str, width: int) -> None:
        self.page, self.url, self.width = page, url, width
        page.set_viewport_size({"width": width, "height": 900})
        page.context.add_cookies([{"name": "django_language", "value": language, "url": url}])

    def sign_in(self, username: str) -> None:
        self.page.context.clear_cookies(name="sessionid")
        self.page.goto(f"{self.url}/admin/")
        self.page.get_by_test_id("login-username").fill(username)
        self.page.get_by_test_id("login-password").fill(PASSWORD)
        self.page.get_by_test_id("login-submit").click()
        expect(self.page).to_have_url(f"{self.url}/admin/")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")
        self.look()

    def press(self, name: str) -> None:
        """A button or link that leads on, and a look at where it leads."""
        self.page.get_by_test_id(name).click()
        self.page.wait_for_load_state()
        self.look()

    def look(self) -> None:
        """No page scrolls sideways, and what is ours on it can be read and reached by everybody."""
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width, self.page.url
        for ours in (".bo-page", ".bo-views"):
            if self.page.locator(ours).count():
                found = AXE.run(self.page, context=ours, options=RULES).response["violations"]
                assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], self.page.url

    def tick(self, row_text: str) -> None:
        self.page.locator("#result_list tbody tr", has_text=row_text).locator("input.action-select").check(force=True)


@pytest.fixture(params=SIZES, ids=[f"{language}-{width}" for language, width in SIZES])
def desk(request: pytest.FixtureRequest, page: Page, live_server) -> Desk:
    make_user(Role.ADMIN, "4205", username="keeper")
    return Desk(page, live_server.url, *request.param)


def test_what_is_looked_for_is_found_and_a_narrowed_list_is_kept(desk: Desk) -> None:
    home = make_neighbourhood(name="嘉明花园")
    make_household(neighbourhood=home, unit_number="101", use="shop")
    make_household(neighbourhood=home, unit_number="102")
    desk.sign_in("keeper")
    desk.look()
    figure = desk.page.get_by_test_id("kpi-neighbourhoods")
    expect(figure).to_contain_text("1")

    desk.open(f"{reverse('admin:search')}?s={home.code}")
    desk.page.get_by_test_id("search-found").get_by_text("嘉明花园").click()
    expect(desk.page).to_have_url(re.compile(rf"/neighbourhood/{home.pk}/change/"))

    desk.open("/admin/renovation/household/?use__exact=shop")
    desk.page.get_by_test_id("view-keep").click()
    desk.look()
    desk.page.get_by_test_id("view-name").fill("沿街底商")
    desk.press("view-save")
    saved = SavedList.objects.get()
    expect(desk.page.locator(".bo-views [aria-current]")).to_contain_text("沿街底商")

    desk.open("/admin/renovation/household/")
    expect(desk.page.locator("#result_list .data-row")).to_have_count(2)
    desk.press(f"view-{saved.pk}")
    expect(desk.page.locator("#result_list .data-row")).to_have_count(1)
    desk.press("view-edit")
    desk.press("view-remove")
    assert not SavedList.objects.exists()


def test_while_somebody_types_what_fits_is_shown(page: Page, live_server) -> None:
    home = make_neighbourhood(name="嘉明花园")
    make_user(Role.ADMIN, "4205", username="keeper")
    desk = Desk(page, live_server.url, "zh-hans", 1440)
    desk.sign_in("keeper")

    page.get_by_test_id("search-everything").press_sequentially("嘉明")
    expect(page.get_by_test_id("search-found").get_by_role("link", name=re.compile("嘉明花园"))).to_be_visible()
    page.get_by_test_id("search-everything").press("Enter")

    expect(page).to_have_url(re.compile(r"/admin/search/\?s="))
    page.get_by_test_id("search-found").get_by_text("嘉明花园").last.click()
    expect(page).to_have_url(re.compile(rf"/neighbourhood/{home.pk}/change/"))


def test_three_roles_end_together_after_they_were_shown(desk: Desk) -> None:
    people = [make_user(Role.GRID_WORKER, "420502001001001", username=f"grid{number}") for number in range(3)]
    desk.sign_in("keeper")
    desk.open("/admin/accounts/roleassignment/")
    for person in people:
        desk.tick(person.username)
    desk.page.locator("select[name=action]").select_option("change_together")
    desk.page.locator("#changelist-actions button[type=submit]").click()
    desk.look()

    desk.page.locator("[name=ends_on]").fill("2026-12-31")
    expect(desk.page.get_by_test_id("set_ends_on")).to_be_checked()
    desk.press("bulk-preview")
    expect(desk.page.get_by_test_id("bulk-changed").locator("tbody")).to_have_count(3)
    assert not RoleAssignment.objects.filter(ends_on=date(2026, 12, 31)).exists()
    desk.press("bulk-confirm")

    assert RoleAssignment.objects.filter(ends_on=date(2026, 12, 31)).count() == 3


def test_a_file_with_a_fault_is_mended_and_taken_in_and_the_history_tells_it(desk: Desk, tmp_path) -> None:
    division = make_division("4205")
    ConsentPolicy.objects.create(division=division, pass_share="0.95", valid_from=date(2026, 1, 1), document="1号")
    head = "division,pass_share,count_vacant,count_verbal,valid_from,document\n"
    wrong, mended = tmp_path / "wrong.csv", tmp_path / "mended.csv"
    wrong.write_text(f"{head}4205,95%,true,false,2026-01-01,1号\n")
    mended.write_text(f"{head}4205,0.9,true,false,2026-01-01,1号\n4205,0.95,true,false,2027-01-01,2号\n")
    desk.sign_in("keeper")
    desk.open("/admin/consent/consentpolicy/")
    desk.press("import")

    desk.page.locator("input[type=file]").set_input_files(wrong)
    desk.press("import-show")
    expect(desk.page.get_by_test_id("import-faults").locator("tbody tr")).to_have_count(1)
    desk.page.locator("input[type=file]").set_input_files(mended)
    desk.press("import-show")
    expect(desk.page.get_by_test_id("import-new").locator("tbody tr")).to_have_count(1)
    expect(desk.page.get_by_test_id("import-changed").locator("tbody")).to_have_count(1)
    desk.press("import-confirm")

    policy = ConsentPolicy.objects.get(valid_from=date(2026, 1, 1))
    assert str(policy.pass_share) == "0.9000"
    desk.open(reverse("admin:consent_consentpolicy_history", args=[policy.pk]))
    expect(desk.page.locator(".bo-before")).to_have_text("0.95")
    expect(desk.page.locator(".bo-after")).to_have_text("0.9")
    desk.page.locator(".bo-told a code").click()
    desk.look()
    # The change, the new policy, and the file itself: one request.
    expect(desk.page.locator("#result_list .data-row")).to_have_count(3)
    assert HistoryEntry.objects.filter(act="rows_imported").count() == 1


def test_an_official_sees_a_name_on_a_reason_that_is_kept(desk: Desk) -> None:
    household = make_household(unit_number="101", head_name="周敏敏", phones=["13812342071"])
    make_user(Role.DISTRICT_OFFICIAL, "420502", username="official")
    desk.sign_in("official")
    desk.look()
    desk.open(reverse("admin:renovation_household_change", args=[household.pk]))
    expect(desk.page.locator("body")).not_to_contain_text("周敏敏")

    desk.press("reveal")
    desk.page.locator("textarea[name=reason]").fill("信访件 2026-18")
    desk.press("reveal-submit")
    expect(desk.page.get_by_test_id("revealed")).to_contain_text("周敏敏")
    desk.open(reverse("admin:renovation_household_history", args=[household.pk]))

    expect(desk.page.locator(".bo-entries")).to_contain_text("信访件 2026-18")
    expect(desk.page.locator("body")).not_to_contain_text("周敏敏")


def test_a_ledger_offers_nothing_to_write(desk: Desk) -> None:
    found = open_walked()
    walk(found)
    desk.sign_in("keeper")

    for name in ("visit", "survey", "stance"):
        desk.open(reverse(f"admin:consent_{name}_changelist"))
        expect(desk.page.locator("input.action-select, a.addlink")).to_have_count(0)
    desk.open(reverse("admin:consent_survey_change", args=[Survey.objects.get().pk]))

    expect(desk.page.locator("#survey_form [type=submit]")).to_have_count(0)

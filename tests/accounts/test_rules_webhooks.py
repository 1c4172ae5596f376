"""When deliveries are tried again, where requests may go, and what changes are called."""

import re
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.events import NAMED, PATTERNS, TYPES, event_by_action, event_of, matches, resources_of, thing_of
from accounts.rules.roles import RESOURCE_ACTS
from accounts.rules.territory import lies_in
from accounts.rules.webhooks import (
    Target,
    UnusableUrl,
    is_delivered,
    is_reachable,
    is_to_be_paused,
    pause_before_next,
    read_target,
    rest_after,
)

# --- When ------------------------------------------------------------------------------------------


def test_ten_attempts_go_over_three_days_and_there_is_none_after_the_tenth() -> None:
    pauses = [pause_before_next(attempts) for attempts in range(1, 10)]

    minutes = [5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440]
    assert pauses == [timedelta(minutes=number) for number in minutes]
    assert timedelta(days=3) < sum((pause for pause in pauses if pause), timedelta()) < timedelta(days=3, hours=4)
    assert pause_before_next(10) is None
    assert pause_before_next(11) is None


@given(st.integers(1, 9), st.floats(-1, 1))
def test_an_attempt_is_moved_by_a_tenth_at_most(attempts: int, shift: float) -> None:
    exact, moved = pause_before_next(attempts), pause_before_next(attempts, shift=shift)

    assert exact is not None
    assert moved is not None
    assert abs(moved - exact) <= exact * 0.1 + timedelta(microseconds=1)


def test_a_webhook_rests_longer_with_each_failure_and_an_hour_at_most() -> None:
    rests = [rest_after(failures) for failures in range(1, 30)]

    assert rests == sorted(rests)
    assert (rests[0], rests[6], rests[-1]) == (timedelta(seconds=5), timedelta(hours=1), timedelta(hours=1))


@pytest.mark.parametrize(
    ("failures", "hours", "is_paused"), [(15, 24, False), (15, 24.01, True), (14, 99, False), (400, 23.9, False)]
)
def test_it_is_paused_after_fifteen_failures_over_more_than_a_day(failures: int, hours: float, is_paused: bool) -> None:
    assert is_to_be_paused(failures, timedelta(hours=hours)) is is_paused


def test_it_would_be_paused_within_two_hours_after_a_day_of_failures() -> None:
    """The rests add up: a receiver that is down is neither forgotten nor tried for ever."""
    failing_for, failures = timedelta(0), 1
    while not is_to_be_paused(failures, failing_for):
        failing_for += rest_after(failures)
        failures += 1

    assert timedelta(hours=24) < failing_for < timedelta(hours=26)


@pytest.mark.parametrize(
    ("status", "is_ok"), [(200, True), (299, True), (301, False), (199, False), (410, False), (None, False)]
)
def test_only_2xx_delivers(status: int | None, is_ok: bool) -> None:
    assert is_delivered(status) is is_ok


# --- Where -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example/in?a=1", Target(True, "hooks.example", 443, "/in?a=1")),
        ("https://HOOKS.example.", Target(True, "hooks.example", 443, "/")),
        ("https://hooks.example:8443/", Target(True, "hooks.example", 8443, "/")),
        ("https://例子.example/", Target(True, "xn--fsqu00a.example", 443, "/")),
        ("https://8.8.8.8/", Target(True, "8.8.8.8", 443, "/")),
        ("https://[2606:4700::1111]/", Target(True, "2606:4700::1111", 443, "/")),
        ("https://[::ffff:10.0.0.1]/", Target(True, str(ip_address("::ffff:10.0.0.1")), 443, "/")),
    ],
)
def test_a_url_is_read_as_every_reader_takes_it(url: str, target: Target) -> None:
    assert read_target(url) == target


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example/", "https_only"),
        ("ftp://hooks.example/", "unreadable"),
        ("//hooks.example/", "unreadable"),
        ("hooks.example", "unreadable"),
        ("", "unreadable"),
        ("https://", "unreadable"),
        ("https:///in", "unreadable"),
        ("https://user@hooks.example/", "user_in_url"),
        ("https://user:word@hooks.example/", "user_in_url"),
        ("https://hooks.example@10.0.0.1/", "user_in_url"),
        ("https://hooks.example/#a", "fragment_in_url"),
        ("https://hooks.example/#", "fragment_in_url"),
        ("https://hooks.example:22/", "port_not_allowed"),
        ("https://hooks.example:80/", "port_not_allowed"),
        ("https://hooks.example:0/", "port_not_allowed"),
        ("https://hooks.example:99999/", "unreadable"),
        ("https://hooks.example:x/", "unreadable"),
        ("https://hooks.example\\@10.0.0.1/", "unreadable"),
        ("https://hooks.example/ a", "unreadable"),
        ("https://hooks.example/\r\nHost: x", "unreadable"),
        ("https://hooks.example/é", "unreadable"),
        ("https://hooks..example/", "unreadable"),
        ("https://hooks%2eexample/", "unreadable"),
        ("https://2130706433/", "unreadable"),
        ("https://017700000001/", "unreadable"),
        ("https://0x7f000001/", "unreadable"),
        ("https://0x7f.1/", "unreadable"),
        ("https://127.1/", "unreadable"),
        ("https://0177.0.0.1/", "unreadable"),
        ("https://127.0.0.1.5/", "unreadable"),
        ("https://[fe80::1%25eth0]/", "unreadable"),
        ("https://[::1/", "unreadable"),
        ("https://[hooks.example]/", "unreadable"),
        ("https://hooks.example/" + "a" * 500, "too_long"),
    ],
)
def test_a_url_that_could_be_read_otherwise_is_refused(url: str, code: str) -> None:
    with pytest.raises(UnusableUrl) as refusal:
        read_target(url)

    assert refusal.value.code == code


def test_digits_of_another_script_are_read_as_what_they_are() -> None:
    assert read_target("https://１２７.０.０.１/").host == "127.0.0.1"


def test_http_goes_where_it_is_allowed_and_by_its_own_port() -> None:
    assert read_target("http://hooks.example/", allow_http=True) == Target(False, "hooks.example", 80, "/")
    with pytest.raises(UnusableUrl):
        read_target("http://hooks.example:443/", allow_http=True)


@given(st.text(max_size=60))
def test_no_text_as_url_ends_in_anything_but_a_target_or_a_refusal(text: str) -> None:
    try:
        target = read_target(f"https://{text}", allow_http=True)
    except UnusableUrl:
        return
    assert target.host
    assert (target.host + target.path).isascii()


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
        *("172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255"),
        *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1"),
        # IPv4 inside: mapped, compatible, NAT64, 6to4, Teredo with 10.0.0.1 as its client and as its server.
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::1"),
        *("2001:0:808:808::f5ff:fffe", "2001:0:a00:1::f7f7:f7f7"),
    ],
)
def test_no_request_goes_into_networks_that_are_not_of_the_internet(text: str) -> None:
    assert not is_reachable(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        *("8.8.8.8", "1.0.0.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "223.255.255.255"),
        *("2606:4700::1111", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
        "2001:0:808:808::f7f7:f7f7",
    ],
)
def test_requests_go_to_the_internet(text: str) -> None:
    assert is_reachable(ip_address(text))


def test_a_network_that_is_allowed_is_reached_and_its_neighbours_are_not() -> None:
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd00:1::/32"))

    assert [is_reachable(ip_address(text), allowed) for text in ("10.1.0.1", "::ffff:10.1.0.1", "fd00:1::9")] == [
        True
    ] * 3
    assert [is_reachable(ip_address(text), allowed) for text in ("10.2.0.1", "fd00:2::9", "127.0.0.1")] == [False] * 3


# --- What ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "thing"),
    [
        ("surveys", "survey"),
        ("bodies", "body"),
        ("fee-liabilities", "fee_liability"),
        ("parking-passes", "parking_pass"),
        ("party-members", "party_member"),
        ("warranties", "warranty"),
        ("purse-entries", "purse_entry"),
        ("work-packages", "work_package"),
        ("ownerships", "ownership"),
    ],
)
def test_one_of_a_resource_has_its_own_name(resource: str, thing: str) -> None:
    assert thing_of(resource) == thing


def test_things_are_named_once_and_types_can_be_told_apart_as_names_in_programs() -> None:
    assert len({thing_of(resource) for resource in RESOURCE_ACTS}) == len(RESOURCE_ACTS)
    assert len({re.sub(r"\W+", "_", pattern) for pattern in PATTERNS}) == len(PATTERNS)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", event) for event in TYPES)
    assert max(map(len, TYPES)) <= 64
    assert set(NAMED) <= set(RESOURCE_ACTS)


def test_an_act_with_a_name_is_called_by_it_and_any_other_by_its_action() -> None:
    assert event_of("surveys", "survey_closed") == "survey.closed"
    assert event_of("surveys", "survey_opened") == ""
    assert event_of("cats", "survey_closed") == ""
    assert event_by_action("surveys", "created") == "survey.created"


def test_types_are_asked_for_by_name_by_thing_and_all_at_once() -> None:
    assert matches(["survey.closed"], "survey.closed")
    assert matches(["survey.*"], "survey.closed")
    assert matches(["*"], "survey.closed")
    assert not matches(["survey.created", "vote.*"], "survey.closed")
    assert not matches(["plan.*"], "plan_item.created")
    assert not matches([], "survey.closed")


@given(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4), st.sampled_from(sorted(RESOURCE_ACTS)))
def test_no_resource_is_passed_over_whose_changes_match(patterns: list[str], resource: str) -> None:
    events = [event for event in TYPES if event.partition(".")[0] == thing_of(resource)]

    assert (resource in resources_of(patterns)) >= any(matches(patterns, event) for event in events)


@pytest.mark.parametrize(
    ("inner", "outer", "is_in"),
    [
        ("4205", "4205", True),
        ("420502", "4205", True),
        ("4205", "420502", False),
        ("420502001001-001", "420502001001", True),
        ("420502001001-001", "420502001001-001", True),
        ("420502001001-001", "420502001001001", False),
        ("420502001001001", "420502001001", True),
        ("420502001001001", "420502001001-001", False),
        ("420503", "420502", False),
        ("42050", "4205", False),
        ("", "4205", False),
    ],
)
def test_a_territory_lies_in_another(inner: str, outer: str, is_in: bool) -> None:
    assert lies_in(inner, outer) is is_in

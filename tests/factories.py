"""The smallest valid rows. Every function takes fields to set; what is left out is made."""

from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.choices import Role
from accounts.models import ApiClient, RoleAssignment, User, Webhook, WebhookDelivery
from common.secrets import encrypt
from renovation.choices import DivisionLevel, MenuCategory, Stage
from renovation.models import (
    Building,
    Division,
    Household,
    MenuEdition,
    MenuItem,
    Neighbourhood,
    Owner,
    Ownership,
    ParkingSpace,
    Stairwell,
)

COMMUNITY = "420502001001"
PASSWORD = "a-door-at-a-time"

_numbers = count(1)
_LEVELS = {4: DivisionLevel.CITY, 6: DivisionLevel.DISTRICT, 9: DivisionLevel.STREET, 12: DivisionLevel.COMMUNITY}


def make_division(code: str = COMMUNITY, **fields: Any) -> Division:
    """The division of a code, with all those above it."""
    above = [length for length in _LEVELS if length < len(code)]
    parent = make_division(code[: above[-1]]) if above else None
    fields = {"name": f"D{code}", "level": _LEVELS[len(code)], "parent": parent, **fields}
    return Division.objects.get_or_create(code=code, defaults=fields)[0]


def make_neighbourhood(**fields: Any) -> Neighbourhood:
    """`community_code` or `community` says where; the code is the next one there. It is ready for its first survey."""
    community = fields.pop("community", None) or make_division(fields.pop("community_code", COMMUNITY))
    number = Neighbourhood.objects.filter(community=community).count() + 1
    defaults = {"code": f"{community.code}-{number:03}", "name": f"N{next(_numbers)}", "stage": Stage.ORGANISED}
    return Neighbourhood.objects.create(community=community, community_code=community.code, **{**defaults, **fields})


def make_building(**fields: Any) -> Building:
    neighbourhood = fields.pop("neighbourhood", None) or make_neighbourhood()
    fields.setdefault("number", str(next(_numbers)))
    return Building.objects.create(neighbourhood=neighbourhood, community_code=neighbourhood.community_code, **fields)


def make_stairwell(**fields: Any) -> Stairwell:
    building = fields.pop("building", None) or make_building()
    fields.setdefault("number", str(next(_numbers)))
    return Stairwell.objects.create(building=building, community_code=building.community_code, **fields)


def make_household(**fields: Any) -> Household:
    """`stairwell`, `building` or `neighbourhood` says where."""
    stairwell = fields.pop("stairwell", None)
    building = fields.pop("building", None)
    neighbourhood = fields.pop("neighbourhood", None)
    if stairwell is None:
        building = building or make_building(**({"neighbourhood": neighbourhood} if neighbourhood else {}))
        stairwell = building.stairwells.first() or make_stairwell(building=building)
    fields.setdefault("unit_number", str(next(_numbers)))
    return Household.objects.create(
        stairwell=stairwell,
        building=stairwell.building,
        neighbourhood=stairwell.building.neighbourhood,
        community_code=stairwell.community_code,
        **fields,
    )


def make_owner(**fields: Any) -> Owner:
    neighbourhood = fields.pop("neighbourhood", None) or make_neighbourhood()
    fields.setdefault("name", f"业主{next(_numbers)}")
    return Owner.objects.create(neighbourhood=neighbourhood, community_code=neighbourhood.community_code, **fields)


def make_ownership(**fields: Any) -> Ownership:
    household = fields.pop("household", None) or make_household()
    owner = fields.pop("owner", None) or make_owner(neighbourhood=household.neighbourhood)
    return Ownership.objects.create(household=household, owner=owner, community_code=household.community_code, **fields)


def make_parking_space(**fields: Any) -> ParkingSpace:
    neighbourhood = fields.pop("neighbourhood", None) or make_neighbourhood()
    fields.setdefault("number", f"P{next(_numbers)}")
    return ParkingSpace.objects.create(
        neighbourhood=neighbourhood, community_code=neighbourhood.community_code, **fields
    )


def make_menu_edition(codes: tuple[str, ...] = ("B01", "B03", "U11"), **fields: Any) -> MenuEdition:
    """An edition with an item for each code; the first one is must-do."""
    fields.setdefault("valid_from", date(2025, 1, 1))
    edition = MenuEdition.objects.create(**fields)
    MenuItem.objects.bulk_create(
        MenuItem(
            edition=edition,
            code=code,
            category=MenuCategory.BASIC,
            name_zh=f"项目{code}",
            name_en=f"Item {code}",
            mandatory=position == 0,
            unit="m",
        )
        for position, code in enumerate(codes)
    )
    return edition


def make_user(role: str | None = Role.COMMUNITY_STAFF, territory: str = COMMUNITY, **fields: Any) -> User:
    """A user with one role in one place, or with none; the password is PASSWORD."""
    fields.setdefault("username", f"user{next(_numbers)}")
    user = User.objects.create_user(password=PASSWORD, **fields)
    if role:
        give_role(user, role, territory)
    return user


def give_role(user: User, role: str, territory: str, **fields: Any) -> RoleAssignment:
    """A further role, from 2020 on unless said otherwise."""
    fields.setdefault("starts_on", date(2020, 1, 1))
    user.__dict__.pop("roles_in_force", None)
    return RoleAssignment.objects.create(user=user, role=role, territory=territory, **fields)


def make_client(*scopes: str, territory: str = COMMUNITY, **fields: Any) -> ApiClient:
    """An API client; `tests.api.helpers.client_for` signs requests as it."""
    fields.setdefault("name", f"client{next(_numbers)}")
    fields.setdefault("last_used_at", timezone.now())  # in use: its next request notes nothing
    service_user = User.objects.create(username=f"service-{fields['name']}")
    return ApiClient.objects.create(
        service_user=service_user,
        territory=territory,
        scopes=list(scopes),
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        **fields,
    )


SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def make_webhook(*, client: ApiClient | None = None, **fields: Any) -> Webhook:
    """A webhook of a client that reads the registry, told of everything from the first change on; SECRET signs."""
    client = client or make_client("registry:read")
    fields.setdefault("name", f"webhook{next(_numbers)}")
    fields.setdefault("url", "https://hooks.example/in")
    fields.setdefault("events", ["*"])
    return Webhook.objects.create(service_user=client.service_user, secret=encrypt(SECRET.encode()), **fields)


def make_delivery(*, webhook: Webhook, **fields: Any) -> WebhookDelivery:
    """A delivery that is due; with `state` other than waiting, one that is over."""
    now = timezone.now()
    is_over = fields.get("state", "waiting") != "waiting"
    made = {
        "event_id": f"msg_{next(_numbers)}",
        "type": "webhook.test",
        "body": '{"type":"webhook.test"}',
        **({"finished_at": now} if is_over else {"next_at": now}),
    }
    return WebhookDelivery.objects.create(webhook=webhook, **{**made, **fields})

"""Conventions to read: what is in force, how many have signed, and which doors have not."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.querysets import within
from accounts.rules.territory import reach_of
from consent.rules.numbers import natural
from governance.choices.conventions import ConventionKind, VersionState
from governance.models import Convention, ConventionSignature, ConventionVersion
from governance.permissions.conventions import sees_every_signature
from governance.rules.conventions import (
    SMALL_GROUP,
    Group,
    ShownGroup,
    is_signed_enough,
    shown_groups,
    signatures_needed,
)
from renovation.models import Household, Neighbourhood, Stairwell


@dataclass(frozen=True)
class StairwellRow:
    """A stairwell's households and signatures; `number` is empty for several small ones together."""

    group: ShownGroup

    @property
    def stairwell(self) -> int | None:
        return self.group.keys[0] if len(self.group.keys) == 1 else None


@dataclass(frozen=True)
class BuildingRow:
    """A building with its stairwells; several small ones together have none."""

    group: ShownGroup
    stairwells: tuple[StairwellRow, ...] = ()

    @property
    def building(self) -> int | None:
        return self.group.keys[0] if len(self.group.keys) == 1 else None


@dataclass(frozen=True)
class Signing:
    """How far the signing of a version is. `signed` is None where the group is too small to be told of.

    `needed` is how many must have signed, as `share` of the households where one was agreed on; `lacking` how many
    more.
    """

    households: int
    signed: int | None
    needed: int
    is_enough: bool | None
    buildings: tuple[BuildingRow, ...]
    share: Fraction | None = None

    @property
    def lacking(self) -> int | None:
        return None if self.signed is None else max(0, self.needed - self.signed)


def conventions_to_read(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Conventions with what a list shows of each: where it is, and its versions, the latest first. One query more."""
    versions = ConventionVersion.objects.select_related("vote").order_by("-number")
    return rows.select_related("neighbourhood", "stairwell__building").prefetch_related(
        Prefetch("versions", versions, to_attr="all_versions")
    )


def version_in_force(convention: Any) -> Any:
    """Of a convention of `conventions_to_read`, or None."""
    return next((one for one in convention.all_versions if one.state == VersionState.ADOPTED), None)


def draft_of(convention: Any) -> Any:
    """Of a convention of `conventions_to_read`, or None."""
    return next((one for one in convention.all_versions if one.state == VersionState.DRAFT), None)


def households_of(convention: Convention) -> QuerySet[Any]:
    """The dwellings whose households a convention is of, as they are today: each signs once, whoever lives there."""
    found: QuerySet[Any] = Household.objects.current().residential()
    if convention.kind == ConventionKind.STAIRWELL:
        return found.filter(stairwell=convention.stairwell_id)
    return found.filter(neighbourhood=convention.neighbourhood_id)


def signed_by(version: ConventionVersion, until: date | None = None) -> Exists:
    """Whether a household's signature below a version stands, and was given by the end of a day."""
    standing = ConventionSignature.objects.standing().filter(convention_version=version, household=OuterRef("pk"))
    if until is not None:
        standing = standing.filter(signed_on__lte=until)
    return Exists(standing.order_by())


def counts_of(version: ConventionVersion, until: date | None = None) -> tuple[int, int]:
    """The households of a version's convention, and how many of them have signed, by the end of a day if one is named.
    One query.
    """
    counted = households_of(version.convention).aggregate(
        households=Count("pk"), signed=Count("pk", filter=Q(signed_by(version, until)))
    )
    return counted["households"], counted["signed"]


def share_of(version: ConventionVersion) -> Fraction | None:
    return None if version.needed_share is None else Fraction(version.needed_share)


def signing_of(version: ConventionVersion, reader: Any) -> Signing:
    """By building and stairwell, for one reader. One query."""
    rows = (
        households_of(version.convention)
        .order_by()
        .values("building", "building__number", "stairwell", "stairwell__number")
        .annotate(households=Count("pk"), signed=Count("pk", filter=Q(signed_by(version))))
    )
    sees = sees_every_signature(reader, version)
    buildings: dict[tuple[int, str], list[Group]] = defaultdict(list)
    for row in rows:
        stairwell = Group(row["stairwell"], row["stairwell__number"], row["households"], row["signed"])
        buildings[row["building"], row["building__number"]].append(stairwell)
    of_building = {pk: sorted(found, key=lambda one: natural(one.number)) for (pk, _number), found in buildings.items()}
    groups = [
        Group(pk, number, sum(one.households for one in found), sum(one.signed for one in found))
        for (pk, number), found in sorted(buildings.items(), key=lambda pair: natural(pair[0][1]))
    ]
    households, signed = sum(one.households for one in groups), sum(one.signed for one in groups)
    told = sees or households >= SMALL_GROUP
    return Signing(
        households=households,
        signed=signed if told else None,
        needed=signatures_needed(households, share_of(version)),
        is_enough=is_signed_enough(signed, households, share_of(version)) if told else None,
        buildings=tuple(_building(one, of_building, sees) for one in shown_groups(groups, sees_doors=sees)),
        share=share_of(version),
    )


def _building(shown: ShownGroup, stairwells: dict[int, list[Group]], sees: bool) -> BuildingRow:
    if len(shown.keys) > 1 or shown.signed is None:
        return BuildingRow(shown)
    found = shown_groups(stairwells[shown.keys[0]], sees_doors=sees)
    return BuildingRow(shown, tuple(StairwellRow(one) for one in found))


def doors_of(version: ConventionVersion, reader: Any) -> QuerySet[Any]:
    """The doors of which a reader may know whether they signed."""
    reach = reach_of(reader, "signatures", "read", "write")
    doors: QuerySet[Any] = households_of(version.convention).filter(within(reach, grid="building__grid"))
    return doors.select_related("building", "stairwell", "neighbourhood")


def buildings_seen(version: ConventionVersion, reader: Any) -> list[Group]:
    """The buildings with doors of `doors_of`, each with those and how many of them have signed. One query."""
    rows = (
        doors_of(version, reader)
        .order_by()
        .values_list("building", "building__number")
        .annotate(households=Count("pk"), signed=Count("pk", filter=Q(signed_by(version))))
    )
    return sorted((Group(*row) for row in rows), key=lambda one: natural(one.number))


def sheet_rows(version: ConventionVersion, doors: QuerySet[Any]) -> list[Any]:
    """Doors in the order of buildings, stairwells and floors, each with `signature`, its standing one or None."""
    found = sorted(
        doors,
        key=lambda door: (
            natural(door.building.number),
            natural(door.stairwell.number),
            door.floor or 0,
            natural(door.unit_number),
        ),
    )
    standing = ConventionSignature.objects.standing().filter(convention_version=version, household__in=found)
    by_door = {signature.household_id: signature for signature in standing.select_related("by")}
    for door in found:
        door.signature = by_door.get(door.pk)
    return found


def stairwells_without(neighbourhood: Neighbourhood) -> list[Stairwell]:
    """The stairwells that people live in and that have no convention of their own yet."""
    lived_in = Household.objects.current().residential().filter(stairwell=OuterRef("pk"))
    rows = Stairwell.objects.filter(Exists(lived_in), building__neighbourhood=neighbourhood, convention=None)
    return sorted(rows.select_related("building"), key=lambda one: (natural(one.building.number), natural(one.number)))


def texts_of_other_stairwells(convention: Convention) -> list[tuple[Convention, str]]:
    """What the other stairwells here say or are about to."""
    rows = (
        ConventionVersion.objects.filter(
            convention__neighbourhood=convention.neighbourhood_id,
            convention__kind=ConventionKind.STAIRWELL,
            state__in=[VersionState.DRAFT, VersionState.ADOPTED],
        )
        .exclude(convention=convention.pk)
        .select_related("convention")
    )
    return [(row.convention, row.text) for row in rows]

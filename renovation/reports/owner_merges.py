"""Owners who may be one and the same: proposed, never merged by themselves (design.md, The registry)."""

from dataclasses import dataclass

from django.db import connection

from renovation.models import Neighbourhood, Ownership

# An owner is reached by its own telephones, and by those of a household that it owns and heads.
CANDIDATES = """
WITH reached AS (
    SELECT owner.id, owner.name, unnest(owner.phones) AS phone
    FROM renovation_owner owner
    WHERE owner.neighbourhood_id = %(neighbourhood)s
    UNION
    SELECT owner.id, owner.name, unnest(household.phones)
    FROM renovation_owner owner
    JOIN renovation_ownership ownership ON ownership.owner_id = owner.id AND ownership.ends_on IS NULL
    JOIN renovation_household household ON household.id = ownership.household_id
    WHERE owner.neighbourhood_id = %(neighbourhood)s AND household.head_name = owner.name
)
SELECT name, owners FROM (
    SELECT name, array_agg(id ORDER BY id) AS owners FROM reached GROUP BY name, phone HAVING count(*) > 1
) groups
GROUP BY name, owners ORDER BY min(owners[1]) LIMIT %(limit)s
"""


@dataclass(frozen=True)
class MergeProposal:
    """Owners of one name who are reached by one telephone number, with the doors that they hold."""

    name: str
    owners: tuple[int, ...]
    doors: tuple[tuple[str, str, str], ...]


def merge_proposals(neighbourhood: Neighbourhood, *, limit: int = 50) -> list[MergeProposal]:
    """Owners of a neighbourhood with the same name and a telephone in common. The name alone proposes nothing.

    Two queries. For whoever may read names and telephones there.
    """
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, {"neighbourhood": neighbourhood.pk, "limit": limit})
        groups = [(name, tuple(owners)) for name, owners in cursor.fetchall()]
    held: dict[int, list[tuple[str, str, str]]] = {}
    ids = [owner for _name, owners in groups for owner in owners]
    ownerships = Ownership.objects.filter(owner__in=ids, ends_on=None).order_by("household_id")
    for owner, *door in ownerships.values_list(
        "owner", "household__building__number", "household__stairwell__number", "household__unit_number"
    ):
        building, stairwell, unit = door
        held.setdefault(owner, []).append((building, stairwell, unit))
    return [
        MergeProposal(name, owners, tuple(door for owner in owners for door in held.get(owner, ())))
        for name, owners in groups
    ]

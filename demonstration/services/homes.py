"""The registry of made-up neighbourhoods by statements over sets: a few, or a whole city.

What a home is like follows from a hash of its neighbourhood's code, building and number, so that every fill makes the
same city.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from demonstration.rules.people import GIVEN_NAMES, PHONE_PREFIX, SURNAMES
from demonstration.rules.plans import Block
from renovation.models import Building, Neighbourhood

STAIRWELLS = """
INSERT INTO renovation_stairwell (created_at, updated_at, version, building_id, community_code, number)
SELECT now(), now(), 1, building.id, building.community_code, stairwell
FROM jsonb_to_recordset(%(blocks)s::jsonb) AS block(building_id bigint, homes int, floors int, doors int)
JOIN renovation_building building ON building.id = block.building_id
CROSS JOIN generate_series(1, (homes + floors * doors - 1) / (floors * doors)) AS stairwell
ORDER BY building.id, stairwell
"""

# One row a home, with ids for it and its owner: the three tables are filled from it. A hash's bytes are its dice.
HOMES = """
CREATE TEMPORARY TABLE demonstration_home ON COMMIT DROP AS
SELECT nextval('renovation_household_id_seq') AS id, nextval('renovation_owner_id_seq') AS owner_id, door.*,
       CASE WHEN use = 'shop' THEN 'commodity'
            ELSE tenures[1 + get_byte(dice, 0) %% cardinality(tenures)] END AS tenure,
       CASE WHEN get_byte(dice, 1) < 176 THEN 'owner' WHEN get_byte(dice, 1) < 222 THEN 'let'
            WHEN get_byte(dice, 1) < 244 THEN 'vacant' ELSE 'unknown' END AS occupancy,
       %(surnames)s::text[] AS surnames, %(given)s::text[] AS given
FROM (
    SELECT building.neighbourhood_id, building.id AS building_id, stairwell.id AS stairwell_id,
           building.community_code, found.use, found.floor, found.unit_number, block.tenures,
           sha256(convert_to(concat_ws('/', neighbourhood.code, building.number, found.use, found.i), 'UTF8')) AS dice,
           sha256(convert_to(concat_ws('/', neighbourhood.code, building.number, found.door), 'UTF8')) AS plan
    FROM jsonb_to_recordset(%(blocks)s::jsonb)
         AS block(building_id bigint, homes int, floors int, doors int, shops int, tenures text[])
    JOIN renovation_building building ON building.id = block.building_id
    JOIN renovation_neighbourhood neighbourhood ON neighbourhood.id = building.neighbourhood_id
    CROSS JOIN LATERAL (
        SELECT i, 'residential' AS use, 1 + (i - 1) / (floors * doors) AS stairwell,
               1 + (i - 1) %% (floors * doors) / doors AS floor, 1 + (i - 1) %% doors AS door,
               format('%%s%%s', 1 + (i - 1) %% (floors * doors) / doors, lpad((1 + (i - 1) %% doors)::text, 2, '0'))
                   AS unit_number
        FROM generate_series(1, homes) AS i
        UNION ALL
        SELECT i, 'shop', 1, 1, 90, '门面' || i FROM generate_series(1, shops) AS i
    ) AS found
    JOIN renovation_stairwell stairwell ON stairwell.building_id = building.id
        AND stairwell.number = found.stairwell::text
    ORDER BY building.neighbourhood_id, building.id, found.use, found.i
) AS door
"""

HOUSEHOLDS = """
INSERT INTO renovation_household (id, created_at, updated_at, version, neighbourhood_id, building_id, stairwell_id,
    community_code, unit_number, floor, gross_floor_area, use, tenure_type, occupancy, head_name, phones, remarks)
SELECT id, now(), now(), 1, neighbourhood_id, building_id, stairwell_id, community_code, unit_number, floor,
       CASE WHEN get_byte(dice, 2) > 252 THEN NULL
            ELSE 46 + get_byte(plan, 0) %% 58 + (get_byte(plan, 1) %% 20) * 0.05 END,
       use, tenure, occupancy,
       surnames[1 + get_byte(dice, 3) %% cardinality(surnames)] || given[1 + get_byte(dice, 4) %% cardinality(given)],
       CASE WHEN get_byte(dice, 5) < 8 THEN '{}'::text[]
            ELSE ARRAY[%(prefix)s || lpad(((get_byte(dice, 6) * 65536 + get_byte(dice, 7) * 256 + get_byte(dice, 8))
                       %% 10000000)::text, 7, '0')] END,
       ''
FROM demonstration_home ORDER BY id
"""

# Homes that were never sold belong to the unit that built them, one row in each neighbourhood.
UNITS = """
INSERT INTO renovation_owner (created_at, updated_at, version, neighbourhood_id, community_code, kind, name, phones)
SELECT now(), now(), 1, neighbourhood_id, community_code, 'property_right_unit', '示范产权单位', '{}'
FROM demonstration_home WHERE tenure IN ('public_rental', 'work_unit')
GROUP BY neighbourhood_id, community_code ORDER BY neighbourhood_id
"""

OWNERS = """
INSERT INTO renovation_owner (id, created_at, updated_at, version, neighbourhood_id, community_code, kind, name, phones)
SELECT home.owner_id, now(), now(), 1, home.neighbourhood_id, home.community_code,
       CASE WHEN home.use = 'shop' THEN 'company' ELSE 'person' END,
       CASE WHEN home.use = 'shop' THEN '示范商贸公司' || home.id
            WHEN home.occupancy = 'let'
            THEN surnames[1 + get_byte(dice, 9) %% cardinality(surnames)]
                 || given[1 + get_byte(dice, 10) %% cardinality(given)]
            ELSE household.head_name END,
       household.phones
FROM demonstration_home home JOIN renovation_household household USING (id)
WHERE home.tenure NOT IN ('public_rental', 'work_unit') ORDER BY home.id
"""

OWNERSHIPS = """
INSERT INTO renovation_ownership (created_at, updated_at, version, owner_id, household_id, community_code, area_source,
    is_voter)
SELECT now(), now(), 1, coalesce(unit.id, home.owner_id), home.id, home.community_code, 'register', true
FROM demonstration_home home
LEFT JOIN renovation_owner unit ON unit.neighbourhood_id = home.neighbourhood_id
    AND unit.kind = 'property_right_unit' AND home.tenure IN ('public_rental', 'work_unit')
ORDER BY home.id
"""


def build(places: Iterable[tuple[Neighbourhood, Sequence[Block], Sequence[str]]]) -> int:
    """Build new neighbourhoods' blocks, with stairwells, homes, shops and owners; how many homes and shops.

    Each place comes with its blocks and the kinds of tenure found there. Call it in a transaction.
    """
    buildings, blocks = [], []
    for neighbourhood, shapes, tenures in places:
        for number, shape in enumerate(shapes, 1):
            building = Building(
                neighbourhood=neighbourhood,
                community_code=neighbourhood.community_code,
                number=str(number),
                grid=shape.grid,
                floor_count=shape.floors,
            )
            buildings.append(building)
            blocks.append((shape, list(tenures)))
    Building.objects.bulk_create(buildings, batch_size=2000)
    document = json.dumps(
        [
            {
                "building_id": building.pk,
                "homes": shape.homes,
                "floors": shape.floors,
                "doors": shape.doors,
                "shops": shape.shops,
                "tenures": tenures,
            }
            for building, (shape, tenures) in zip(buildings, blocks, strict=True)
        ]
    )
    parameters: dict[str, Any] = {
        "blocks": document,
        "surnames": list(SURNAMES),
        "given": list(GIVEN_NAMES),
        "prefix": PHONE_PREFIX,
    }
    with connection.cursor() as cursor:
        for statement in (STAIRWELLS, HOMES, HOUSEHOLDS):
            cursor.execute(statement, parameters)
        made = cursor.rowcount
        for statement in (UNITS, OWNERS, OWNERSHIPS):
            cursor.execute(statement, parameters)
        cursor.execute("DROP TABLE demonstration_home")
    return made

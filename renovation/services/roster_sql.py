"""The statements of a roster import, over sets: what the staged rows mean for the registry, then the writing of it.

All take the same parameters: `import`, `neighbourhood`, `community`, `neighbourhood_code`, `now`, `today`. The
first group only reads, so that a dry run counts by the very statements that an import acts on.

A text that is empty in the file is NULL here and changes nothing. What the unit number lets guess (floor, use) fills
what is unknown and replaces nothing.
"""

DROP_STAGES = """
DROP TABLE IF EXISTS pg_temp.roster_stage, pg_temp.roster_space, pg_temp.roster_place, pg_temp.roster_row,
    pg_temp.roster_changed, pg_temp.roster_owner, pg_temp.roster_held, pg_temp.roster_gain, pg_temp.roster_loss
"""

CREATE_STAGES = """
CREATE TEMPORARY TABLE roster_stage (
    key bigint, building text, stairwell text, unit_number text, floor smallint, floor_guess smallint,
    gross_floor_area numeric(8, 2), use text, use_guess text, tenure_type text, occupancy text, head_name text,
    phones varchar(20)[], remarks text, owners text, owner_kinds text, owner_phones varchar(20)[], area_source text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE roster_space (
    number text, ownership text, area numeric(8, 2), building text, stairwell text, unit_number text
) ON COMMIT DROP
"""

COPY_ROWS = "COPY roster_stage FROM STDIN WITH (NULL '')"
COPY_SPACES = "COPY roster_space FROM STDIN WITH (NULL '')"
COPY_PROBLEMS = """
COPY renovation_rosterproblem (roster_import_id, sheet, "row", "column", header, code, is_error, params) FROM STDIN
"""

DROP_REJECTED = "DELETE FROM roster_stage WHERE key = ANY(%(keys)s)"

# --- What the rows mean ----------------------------------------------------------------------------

FIND_PLACES = """
CREATE TEMPORARY TABLE roster_place ON COMMIT DROP AS
SELECT building.number AS building, stairwell.number AS stairwell, building.id AS building_id,
       stairwell.id AS stairwell_id
FROM renovation_building building JOIN renovation_stairwell stairwell ON stairwell.building_id = building.id
WHERE building.neighbourhood_id = %(neighbourhood)s
"""

RETIRED = """
SELECT stage.key
FROM roster_stage stage
JOIN roster_place place USING (building, stairwell)
JOIN renovation_household household
  ON household.stairwell_id = place.stairwell_id AND household.unit_number = stage.unit_number
WHERE household.retired_at IS NOT NULL
"""

NEW_BUILDINGS_NAMED = """
SELECT min(key), building FROM roster_stage
WHERE EXISTS (SELECT 1 FROM renovation_building WHERE neighbourhood_id = %(neighbourhood)s)
  AND NOT EXISTS (
    SELECT 1 FROM renovation_building
    WHERE neighbourhood_id = %(neighbourhood)s AND number = roster_stage.building)
GROUP BY building ORDER BY 1
"""

# Ids are taken now, so that owners can name the households that are made after them; a dry run takes none.
MATCH_ROWS = """
CREATE TEMPORARY TABLE roster_row ON COMMIT DROP AS
SELECT stage.*, place.building_id, place.stairwell_id, household.id IS NULL AS is_new,
       CASE WHEN household.id IS NULL AND %(writes)s THEN nextval('renovation_household_id_seq') ELSE household.id END
           AS household_id
FROM roster_stage stage
LEFT JOIN roster_place place USING (building, stairwell)
LEFT JOIN renovation_household household
  ON household.stairwell_id = place.stairwell_id AND household.unit_number = stage.unit_number
ORDER BY stage.key
"""

FIND_CHANGED = """
CREATE TEMPORARY TABLE roster_changed ON COMMIT DROP AS
SELECT household_id, fields
FROM (
    SELECT row.household_id, array_remove(ARRAY[
        CASE WHEN coalesce(row.floor, household.floor, row.floor_guess) IS DISTINCT FROM household.floor
            THEN 'floor' END,
        CASE WHEN row.gross_floor_area <> household.gross_floor_area
            OR (household.gross_floor_area IS NULL AND row.gross_floor_area IS NOT NULL) THEN 'gross_floor_area' END,
        CASE WHEN row.use <> household.use THEN 'use' END,
        CASE WHEN row.tenure_type <> household.tenure_type THEN 'tenure_type' END,
        CASE WHEN row.occupancy <> household.occupancy THEN 'occupancy' END,
        CASE WHEN row.head_name <> household.head_name THEN 'head_name' END,
        CASE WHEN NOT row.phones <@ household.phones THEN 'phones' END,
        CASE WHEN row.remarks <> household.remarks THEN 'remarks' END
    ], NULL) AS fields
    FROM roster_row row JOIN renovation_household household ON household.id = row.household_id
    WHERE NOT row.is_new
) compared
WHERE cardinality(fields) > 0
"""

FIND_OWNERS = """
CREATE TEMPORARY TABLE roster_owner ON COMMIT DROP AS
SELECT row.key, row.household_id, row.is_new, owner.position, left(owner.name, 80) AS name,
       coalesce(nullif(owner.kind, ''), 'person') AS kind,
       CASE WHEN owner.position = 1 THEN coalesce(row.owner_phones, '{}') ELSE '{}' END AS phones,
       coalesce(row.area_source, '') AS area_source
FROM roster_row row
CROSS JOIN LATERAL unnest(string_to_array(row.owners, '、'), string_to_array(row.owner_kinds, '、'))
    WITH ORDINALITY AS owner (name, kind, position)
WHERE row.owners IS NOT NULL
"""

FIND_HELD = """
CREATE TEMPORARY TABLE roster_held ON COMMIT DROP AS
SELECT ownership.id AS ownership_id, ownership.household_id, ownership.is_voter, owner.id AS owner_id, owner.name,
       owner.phones
FROM renovation_ownership ownership
JOIN renovation_owner owner ON owner.id = ownership.owner_id
WHERE ownership.ends_on IS NULL
  AND ownership.household_id IN (SELECT household_id FROM roster_owner WHERE NOT is_new)
"""

FIND_GAINS = """
CREATE TEMPORARY TABLE roster_gain ON COMMIT DROP AS
SELECT owner.*, CASE WHEN %(writes)s THEN nextval('renovation_owner_id_seq') END AS owner_id
FROM roster_owner owner
LEFT JOIN roster_held held ON held.household_id = owner.household_id AND held.name = owner.name
WHERE held.ownership_id IS NULL
ORDER BY owner.key, owner.position
"""

FIND_LOSSES = """
CREATE TEMPORARY TABLE roster_loss ON COMMIT DROP AS
SELECT held.* FROM roster_held held
WHERE NOT EXISTS (
    SELECT 1 FROM roster_owner owner WHERE owner.household_id = held.household_id AND owner.name = held.name
)
"""

ANALYSE = "ANALYZE {table}"

OWNER_PHONES = """
SELECT held.owner_id, held.household_id, owner.phones
FROM roster_held held
JOIN roster_owner owner ON owner.household_id = held.household_id AND owner.name = held.name
WHERE NOT owner.phones <@ held.phones
"""

OWNERS_CHANGED = """
SELECT row.key FROM roster_row row
WHERE row.household_id IN (SELECT household_id FROM roster_loss) ORDER BY row.key
"""

SPACES = """
SELECT DISTINCT ON (space.number) space.number, space.ownership, space.area, row.household_id
FROM roster_space space
LEFT JOIN roster_row row
  ON row.building = space.building AND row.stairwell = space.stairwell AND row.unit_number = space.unit_number
ORDER BY space.number
"""

SPACE_CHANGES = """space.ownership <> known.ownership
   OR (space.area IS NOT NULL AND space.area IS DISTINCT FROM known.area)
   OR (space.household_id IS NOT NULL AND space.household_id IS DISTINCT FROM known.household_id)"""

# A parking space counts with the household that the file gives it to.
SPACES_CHANGED = f"""
SELECT space.household_id
FROM ({SPACES}) space LEFT JOIN renovation_parkingspace known
  ON known.neighbourhood_id = %(neighbourhood)s AND known.number = space.number
WHERE known.id IS NULL OR {SPACE_CHANGES}
"""  # noqa: S608 - put together from constants

COUNT = f"""
SELECT count(*) FILTER (WHERE row.is_new),
       count(*) FILTER (WHERE NOT row.is_new AND touched.household_id IS NOT NULL),
       count(*) FILTER (WHERE NOT row.is_new AND touched.household_id IS NULL)
FROM roster_row row
LEFT JOIN (
    SELECT household_id FROM roster_changed
    UNION SELECT household_id FROM roster_gain WHERE NOT is_new
    UNION SELECT household_id FROM roster_loss
    UNION SELECT household_id FROM ({OWNER_PHONES}) phones
    UNION SELECT household_id FROM ({SPACES_CHANGED}) spaces
) touched ON touched.household_id = row.household_id
"""  # noqa: S608 - put together from constants

# --- Writing ---------------------------------------------------------------------------------------

ADD_BUILDINGS = """
WITH made AS (
    INSERT INTO renovation_building (created_at, updated_at, version, neighbourhood_id, community_code, number, grid)
    SELECT %(now)s, %(now)s, 1, %(neighbourhood)s, %(community)s, building, ''
    FROM (SELECT building, min(key) AS first FROM roster_stage GROUP BY building) named
    WHERE building NOT IN (SELECT number FROM renovation_building WHERE neighbourhood_id = %(neighbourhood)s)
    ORDER BY first
    RETURNING id
)
INSERT INTO renovation_rostertouch (roster_import_id, resource, object_ids)
SELECT %(import)s, 'buildings', array_agg(id ORDER BY id) FROM made HAVING count(*) > 0
"""

ADD_STAIRWELLS = """
WITH made AS (
    INSERT INTO renovation_stairwell (created_at, updated_at, version, building_id, community_code, number)
    SELECT %(now)s, %(now)s, 1, building.id, %(community)s, named.stairwell
    FROM (SELECT building, stairwell, min(key) AS first FROM roster_stage GROUP BY building, stairwell) named
    JOIN renovation_building building
      ON building.neighbourhood_id = %(neighbourhood)s AND building.number = named.building
    LEFT JOIN renovation_stairwell known ON known.building_id = building.id AND known.number = named.stairwell
    WHERE known.id IS NULL
    ORDER BY first
    RETURNING id
)
INSERT INTO renovation_rostertouch (roster_import_id, resource, object_ids)
SELECT %(import)s, 'stairwells', array_agg(id ORDER BY id) FROM made HAVING count(*) > 0
"""

KEEP_HOUSEHOLDS = """
INSERT INTO renovation_rosterbeforeimage (roster_import_id, resource, object_id, version, before)
SELECT %(import)s, 'households', household.id, household.version + 1, jsonb_build_object(
    'floor', household.floor, 'gross_floor_area', household.gross_floor_area, 'use', household.use,
    'tenure_type', household.tenure_type, 'occupancy', household.occupancy, 'head_name', household.head_name,
    'phones', household.phones, 'remarks', household.remarks)
FROM roster_changed JOIN renovation_household household ON household.id = roster_changed.household_id
"""

CHANGE_HOUSEHOLDS = """
UPDATE renovation_household household SET
    floor = coalesce(row.floor, household.floor, row.floor_guess),
    gross_floor_area = coalesce(row.gross_floor_area, household.gross_floor_area),
    use = coalesce(row.use, household.use),
    tenure_type = coalesce(row.tenure_type, household.tenure_type),
    occupancy = coalesce(row.occupancy, household.occupancy),
    head_name = coalesce(row.head_name, household.head_name),
    phones = CASE WHEN row.phones IS NULL OR row.phones <@ household.phones THEN household.phones ELSE row.phones END,
    remarks = coalesce(row.remarks, household.remarks),
    version = household.version + 1, updated_at = %(now)s
FROM roster_changed JOIN roster_row row USING (household_id)
WHERE household.id = roster_changed.household_id
"""

ADD_HOUSEHOLDS = """
INSERT INTO renovation_household (
    id, created_at, updated_at, version, neighbourhood_id, building_id, stairwell_id, community_code, unit_number,
    floor, gross_floor_area, use, tenure_type, occupancy, head_name, phones, remarks)
SELECT household_id, %(now)s, %(now)s, 1, %(neighbourhood)s, building_id, stairwell_id, %(community)s, unit_number,
       coalesce(floor, floor_guess), gross_floor_area, coalesce(use, use_guess, 'residential'),
       coalesce(tenure_type, 'unknown'), coalesce(occupancy, 'unknown'), coalesce(head_name, ''),
       coalesce(phones, '{}'), coalesce(remarks, '')
FROM roster_row WHERE is_new
"""

NOTE_HOUSEHOLDS = """
INSERT INTO renovation_rostertouch (roster_import_id, resource, object_ids)
SELECT %(import)s, 'households', array_agg(household_id ORDER BY household_id)
FROM roster_row WHERE is_new HAVING count(*) > 0
"""

KEEP_LOST_OWNERSHIPS = """
INSERT INTO renovation_rosterbeforeimage (roster_import_id, resource, object_id, version, before)
SELECT %(import)s, 'ownerships', ownership.id, ownership.version + 1,
       jsonb_build_object('ends_on', ownership.ends_on, 'is_voter', ownership.is_voter)
FROM roster_loss JOIN renovation_ownership ownership ON ownership.id = roster_loss.ownership_id
"""

# From a date to a date, both included: who comes in today follows who went out yesterday.
END_OWNERSHIPS = """
UPDATE renovation_ownership ownership SET
    ends_on = greatest(ownership.starts_on, %(today)s::date - 1), version = ownership.version + 1, updated_at = %(now)s
FROM roster_loss WHERE ownership.id = roster_loss.ownership_id
"""

ADD_OWNERS = """
INSERT INTO renovation_owner (id, created_at, updated_at, version, neighbourhood_id, community_code, kind, name, phones)
SELECT owner_id, %(now)s, %(now)s, 1, %(neighbourhood)s, %(community)s, kind, name, phones FROM roster_gain
"""

NOTE_OWNERS = """
INSERT INTO renovation_rostertouch (roster_import_id, resource, object_ids)
SELECT %(import)s, 'owners', array_agg(owner_id ORDER BY owner_id) FROM roster_gain HAVING count(*) > 0
"""

# The first of several co-owners is the named voter, unless one that stays is. Since when is not known, except that an
# owner who is new to an owned household was not there before today.
ADD_OWNERSHIPS = """
WITH kept AS (
    SELECT held.household_id FROM roster_held held
    WHERE held.ownership_id NOT IN (SELECT ownership_id FROM roster_loss)
), owned AS (
    SELECT DISTINCT household_id FROM roster_held
), made AS (
    INSERT INTO renovation_ownership (
        created_at, updated_at, version, owner_id, household_id, community_code, area_source, is_voter, starts_on)
    SELECT %(now)s, %(now)s, 1, gain.owner_id, gain.household_id, %(community)s, gain.area_source,
           row_number() OVER (PARTITION BY gain.household_id ORDER BY gain.position) = 1
               AND gain.household_id NOT IN (SELECT household_id FROM kept),
           CASE WHEN owned.household_id IS NOT NULL THEN %(today)s::date END
    FROM roster_gain gain LEFT JOIN owned ON owned.household_id = gain.household_id
    ORDER BY gain.owner_id
    RETURNING id
)
INSERT INTO renovation_rostertouch (roster_import_id, resource, object_ids)
SELECT %(import)s, 'ownerships', array_agg(id ORDER BY id) FROM made HAVING count(*) > 0
"""

# An owner of several households may have another number in each row: the file says all of them, in its order.
OWNERS_SAID = f"""
SELECT owner_id, array_agg(phone ORDER BY place) AS phones
FROM (
    SELECT held.owner_id, named.phone, min(ARRAY[owner.key, named.position]) AS place
    FROM roster_held held
    JOIN roster_owner owner ON owner.household_id = held.household_id AND owner.name = held.name
    CROSS JOIN LATERAL unnest(owner.phones) WITH ORDINALITY AS named (phone, position)
    WHERE held.owner_id IN (SELECT owner_id FROM ({OWNER_PHONES}) found)
    GROUP BY held.owner_id, named.phone
) said
GROUP BY owner_id
"""  # noqa: S608 - put together from constants

VOTERLESS = """
SELECT min(ownership.id) AS id FROM renovation_ownership ownership
WHERE ownership.ends_on IS NULL AND ownership.household_id IN (SELECT household_id FROM roster_loss)
GROUP BY ownership.household_id HAVING NOT bool_or(ownership.is_voter)
"""

KEEP_NEW_VOTERS = f"""
INSERT INTO renovation_rosterbeforeimage (roster_import_id, resource, object_id, version, before)
SELECT %(import)s, 'ownerships', ownership.id, ownership.version + 1,
       jsonb_build_object('ends_on', ownership.ends_on, 'is_voter', ownership.is_voter)
FROM renovation_ownership ownership WHERE ownership.id IN ({VOTERLESS})
"""  # noqa: S608 - put together from constants

NAME_VOTERS = f"""
UPDATE renovation_ownership ownership SET is_voter = true, version = ownership.version + 1, updated_at = %(now)s
WHERE ownership.id IN ({VOTERLESS})
"""  # noqa: S608 - put together from constants

KEEP_OWNERS = f"""
INSERT INTO renovation_rosterbeforeimage (roster_import_id, resource, object_id, version, before)
SELECT %(import)s, 'owners', owner.id, owner.version + 1, jsonb_build_object('phones', owner.phones)
FROM ({OWNERS_SAID}) said JOIN renovation_owner owner ON owner.id = said.owner_id
"""  # noqa: S608 - put together from constants

CHANGE_OWNERS = f"""
UPDATE renovation_owner owner SET phones = said.phones, version = owner.version + 1, updated_at = %(now)s
FROM ({OWNERS_SAID}) said WHERE owner.id = said.owner_id
"""  # noqa: S608 - put together from constants

KEEP_SPACES = f"""
INSERT INTO renovation_rosterbeforeimage (roster_import_id, resource, object_id, version, before)
SELECT %(import)s, 'parking-spaces', known.id, known.version + 1, jsonb_build_object(
    'ownership', known.ownership, 'area', known.area, 'household', known.household_id)
FROM ({SPACES}) space JOIN renovation_parkingspace known
  ON known.neighbourhood_id = %(neighbourhood)s AND known.number = space.number
WHERE {SPACE_CHANGES}
"""  # noqa: S608 - put together from constants

CHANGE_SPACES = f"""
UPDATE renovation_parkingspace known SET
    ownership = coalesce(space.ownership, known.ownership), area = coalesce(space.area, known.area),
    household_id = coalesce(space.household_id, known.household_id), version = known.version + 1, updated_at = %(now)s
FROM ({SPACES}) space, renovation_rosterbeforeimage image
WHERE known.neighbourhood_id = %(neighbourhood)s AND known.number = space.number
  AND image.roster_import_id = %(import)s AND image.resource = 'parking-spaces' AND image.object_id = known.id
"""  # noqa: S608 - put together from constants

ADD_SPACES = f"""
WITH made AS (
    INSERT INTO renovation_parkingspace (
        created_at, updated_at, version, neighbourhood_id, community_code, number, ownership, area, household_id)
    SELECT %(now)s, %(now)s, 1, %(neighbourhood)s, %(community)s, space.number,
           coalesce(space.ownership, 'shared_land'), space.area, space.household_id
    FROM ({SPACES}) space
    WHERE space.number NOT IN (
        SELECT number FROM renovation_parkingspace WHERE neighbourhood_id = %(neighbourhood)s)
    RETURNING id
)
INSERT INTO renovation_rostertouch (roster_import_id, resource, object_ids)
SELECT %(import)s, 'parking-spaces', array_agg(id ORDER BY id) FROM made HAVING count(*) > 0
"""  # noqa: S608 - put together from constants

NOTE = """
INSERT INTO accounts_change (at, resource, object_id, action, fields, community_code, neighbourhood_code, grid)
"""

# The grid of what lies in a building; NULL for the rest.
GRID_OF = """(
    SELECT grid FROM renovation_building WHERE {thing}.resource = 'buildings' AND id = {object_id}
    UNION ALL
    SELECT grid FROM renovation_stairwell stairwell JOIN renovation_building building ON building.id = building_id
    WHERE {thing}.resource = 'stairwells' AND stairwell.id = {object_id}
    UNION ALL
    SELECT grid FROM renovation_household household JOIN renovation_building building ON building.id = building_id
    WHERE {thing}.resource = 'households' AND household.id = {object_id}
    UNION ALL
    SELECT grid FROM renovation_ownership ownership
    JOIN renovation_household household ON household.id = household_id
    JOIN renovation_building building ON building.id = household.building_id
    WHERE {thing}.resource = 'ownerships' AND ownership.id = {object_id}
)"""

NOTE_TOUCHED = f"""{NOTE}
SELECT %(now)s, touch.resource, object_id, {{action}}, ARRAY[]::varchar[], %(community)s, %(neighbourhood_code)s,
       {GRID_OF.format(thing="touch", object_id="object_id")}
FROM renovation_rostertouch touch CROSS JOIN LATERAL unnest(object_ids) AS object_id
WHERE roster_import_id = %(import)s
"""  # noqa: S608 - put together from constants

NOTE_CREATED = NOTE_TOUCHED.format(action="'created'")

NOTE_UPDATED = f"""{NOTE}
SELECT %(now)s, image.resource, image.object_id, 'updated',
       coalesce(changed.fields, ARRAY(SELECT jsonb_object_keys(image.before))), %(community)s, %(neighbourhood_code)s,
       {GRID_OF.format(thing="image", object_id="image.object_id")}
FROM renovation_rosterbeforeimage image
LEFT JOIN roster_changed changed ON image.resource = 'households' AND changed.household_id = image.object_id
WHERE image.roster_import_id = %(import)s
"""  # noqa: S608 - put together from constants

WRITE_PLACES = (ADD_BUILDINGS, ADD_STAIRWELLS)

WRITE = (
    KEEP_HOUSEHOLDS,
    CHANGE_HOUSEHOLDS,
    ADD_HOUSEHOLDS,
    NOTE_HOUSEHOLDS,
    KEEP_OWNERS,
    CHANGE_OWNERS,
    KEEP_LOST_OWNERSHIPS,
    END_OWNERSHIPS,
    ADD_OWNERS,
    NOTE_OWNERS,
    ADD_OWNERSHIPS,
    KEEP_NEW_VOTERS,
    NAME_VOTERS,
    KEEP_SPACES,
    CHANGE_SPACES,
    ADD_SPACES,
    NOTE_CREATED,
    NOTE_UPDATED,
)

# --- Reverting -------------------------------------------------------------------------------------

RESTORE = (
    """
UPDATE renovation_household household SET
    floor = (image.before->>'floor')::smallint,
    gross_floor_area = (image.before->>'gross_floor_area')::numeric,
    use = image.before->>'use', tenure_type = image.before->>'tenure_type', occupancy = image.before->>'occupancy',
    head_name = image.before->>'head_name', remarks = image.before->>'remarks',
    phones = ARRAY(SELECT jsonb_array_elements_text(image.before->'phones')),
    version = household.version + 1, updated_at = %(now)s
FROM renovation_rosterbeforeimage image
WHERE image.roster_import_id = %(import)s AND image.resource = 'households' AND image.object_id = household.id
""",
    """
UPDATE renovation_owner owner SET
    phones = ARRAY(SELECT jsonb_array_elements_text(image.before->'phones')),
    version = owner.version + 1, updated_at = %(now)s
FROM renovation_rosterbeforeimage image
WHERE image.roster_import_id = %(import)s AND image.resource = 'owners' AND image.object_id = owner.id
""",
    """
UPDATE renovation_parkingspace space SET
    ownership = image.before->>'ownership', area = (image.before->>'area')::numeric,
    household_id = (image.before->>'household')::bigint, version = space.version + 1, updated_at = %(now)s
FROM renovation_rosterbeforeimage image
WHERE image.roster_import_id = %(import)s AND image.resource = 'parking-spaces' AND image.object_id = space.id
""",
)

RESTORE_OWNERSHIPS = """
UPDATE renovation_ownership ownership SET
    ends_on = (image.before->>'ends_on')::date, is_voter = (image.before->>'is_voter')::boolean,
    version = ownership.version + 1, updated_at = %(now)s
FROM renovation_rosterbeforeimage image
WHERE image.roster_import_id = %(import)s AND image.resource = 'ownerships' AND image.object_id = ownership.id
  AND (image.before->>'is_voter')::boolean = %(voters)s
"""
"""In two steps, those that lose the vote first: a household has one voter at a time."""

REMOVE = """
DELETE FROM {table} WHERE id IN (
    SELECT unnest(object_ids) FROM renovation_rostertouch
    WHERE roster_import_id = %(import)s AND resource = %(resource)s)
"""

CHANGED_SINCE = """
SELECT count(*) FROM {table} thing
LEFT JOIN renovation_rosterbeforeimage image
  ON image.roster_import_id = %(import)s AND image.resource = %(resource)s AND image.object_id = thing.id
WHERE thing.version <> coalesce(image.version, 1) AND (image.id IS NOT NULL OR thing.id IN (
    SELECT unnest(object_ids) FROM renovation_rostertouch
    WHERE roster_import_id = %(import)s AND resource = %(resource)s))
"""

HANGING = """
SELECT count(*) FROM {table} thing
WHERE thing.{column} IN (
    SELECT unnest(object_ids) FROM renovation_rostertouch
    WHERE roster_import_id = %(import)s AND resource = %(resource)s)
  AND NOT EXISTS (
    SELECT 1 FROM renovation_rosterbeforeimage image
    WHERE image.roster_import_id = %(import)s AND image.resource = %(own)s AND image.object_id = thing.id)
  AND thing.id NOT IN (
    SELECT unnest(object_ids) FROM renovation_rostertouch
    WHERE roster_import_id = %(import)s AND resource = %(own)s)
"""

NOTE_REMOVED = NOTE_TOUCHED.format(action="'deleted'")
"""Before they are: where they lie is still known."""

NOTE_RESTORED = f"""{NOTE}
SELECT %(now)s, image.resource, image.object_id, 'updated', ARRAY(SELECT jsonb_object_keys(image.before)),
       %(community)s, %(neighbourhood_code)s, {GRID_OF.format(thing="image", object_id="image.object_id")}
FROM renovation_rosterbeforeimage image WHERE image.roster_import_id = %(import)s
"""  # noqa: S608 - put together from constants

"""The statements behind `days.figures_on`. Each takes `here`, the ids of neighbourhoods, and `until`, a moment: what
was recorded before it counts; without one, everything recorded so far.
"""

# ruff: noqa: S608 - put together of constants of this file; what is asked goes in as parameters.

# A neighbourhood is there from its registration, or from the first step that its history tells of.
PLACES_NOW = """
SELECT id, community_code, stage, stage_since, longitude, latitude FROM renovation_neighbourhood
WHERE %(here)s::bigint[] IS NULL OR id = ANY(%(here)s) ORDER BY id
"""

PLACES_THEN = """
SELECT place.id, place.community_code, coalesce(last.to_stage, nullif(following.from_stage, ''), place.stage),
    coalesce(last.at, CASE WHEN following.at IS NULL THEN least(place.stage_since, place.created_at)
        ELSE least(place.created_at, following.at) END),
    place.longitude, place.latitude
FROM renovation_neighbourhood place
LEFT JOIN LATERAL (
    SELECT to_stage, at FROM renovation_stagechange
    WHERE neighbourhood_id = place.id AND at < %(until)s ORDER BY id DESC LIMIT 1
) last ON TRUE
LEFT JOIN LATERAL (
    SELECT from_stage, at FROM renovation_stagechange
    WHERE neighbourhood_id = place.id AND at >= %(until)s ORDER BY id LIMIT 1
) following ON last.at IS NULL
WHERE (place.created_at < %(until)s OR last.at IS NOT NULL)
  AND (%(here)s::bigint[] IS NULL OR place.id = ANY(%(here)s))
ORDER BY place.id
"""

HOUSEHOLDS = """
SELECT neighbourhood_id, count(*) FROM renovation_household
WHERE neighbourhood_id = ANY(%(here)s) AND use = 'residential'
  AND (retired_at IS NULL OR retired_at >= %(until)s) AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
GROUP BY 1
"""

# The latest survey of each place that was opened by then.
SURVEYS = """
SELECT DISTINCT ON (neighbourhood_id) neighbourhood_id, id, pass_share,
    CASE WHEN %(until)s::timestamptz IS NULL OR closed_at < %(until)s THEN verdict ELSE 'open' END,
    CASE WHEN %(until)s::timestamptz IS NULL OR closed_at < %(until)s THEN revisit_on END,
    CASE WHEN %(until)s::timestamptz IS NULL THEN (last_recorded_at AT TIME ZONE 'Asia/Shanghai')::date END
FROM consent_survey
WHERE neighbourhood_id = ANY(%(here)s) AND (%(until)s::timestamptz IS NULL OR opened_at < %(until)s)
ORDER BY neighbourhood_id, number DESC
"""

COUNTS_NOW = """
SELECT survey_id, round, sum(households)::int, coalesce(sum(households) FILTER (WHERE excluded), 0)::int,
    coalesce(sum(households) FILTER (WHERE contacted), 0)::int, coalesce(sum(households) FILTER (WHERE counts), 0)::int,
    coalesce(sum(households) FILTER (WHERE value = 'supports' AND NOT counts), 0)::int, NULL::date
FROM consent_tally WHERE survey_id = ANY(%(surveys)s) GROUP BY 1, 2
"""

ROUNDS_NOW = """
SELECT survey_id, number, listed_count, visited_count FROM consent_round
WHERE survey_id = ANY(%(surveys)s) ORDER BY survey_id, number
"""

# The roll as it was: the last amendment before decides, else the first after, undone, else the door as it is.
_ROLL = """
roll AS (
    SELECT door.id, door.survey_id FROM consent_rollentry door
    LEFT JOIN (SELECT DISTINCT door_id FROM consent_rollamendment WHERE survey_id = ANY(%(surveys)s)) amended
        ON amended.door_id = door.id
    LEFT JOIN LATERAL (
        SELECT action FROM consent_rollamendment WHERE door_id = door.id AND at < %(until)s ORDER BY id DESC LIMIT 1
    ) before ON amended.door_id IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT action FROM consent_rollamendment WHERE door_id = door.id AND at >= %(until)s ORDER BY id LIMIT 1
    ) after ON amended.door_id IS NOT NULL
    WHERE door.survey_id = ANY(%(surveys)s)
      AND coalesce(before.action = 'add', after.action = 'remove', door.on_roll)
)
"""
# What `consent.rules.stances.stance_of` says of each door: the latest answer leads, else the latest outcome.
_LIVE = """
live AS (
    SELECT visit.* FROM consent_visit visit
    WHERE visit.survey_id = ANY(%(surveys)s) AND visit.recorded_at < %(until)s AND NOT EXISTS (
        SELECT FROM consent_visit later WHERE later.supersedes_id = visit.id AND later.recorded_at < %(until)s
    )
)
"""

COUNTS_THEN = f"""
WITH {_ROLL}, {_LIVE}, foremost AS (
    SELECT DISTINCT ON (door_id) door_id, outcome, given, coalesce(round, 0) AS round,
        has_note OR (outcome = 'vacant' AND EXISTS (
            SELECT FROM consent_visitphoto photo WHERE photo.visit_id = live.id AND photo.recorded_at < %(until)s
        )) AS evidence
    FROM live
    ORDER BY door_id, outcome IN ('supports', 'not_yet', 'opposes') DESC, visited_at DESC, sequence DESC
), met AS (
    SELECT door_id, bool_or(outcome IN ('supports', 'not_yet', 'opposes', 'declined')) AS contacted
    FROM live GROUP BY door_id
), last AS (
    SELECT survey_id, (max(recorded_at) AT TIME ZONE 'Asia/Shanghai')::date AS day
    FROM consent_visit WHERE survey_id = ANY(%(surveys)s) AND recorded_at < %(until)s GROUP BY survey_id
), stance AS (
    SELECT roll.survey_id, coalesce(foremost.round, 0) AS round, coalesce(met.contacted, FALSE) AS contacted,
        coalesce(foremost.outcome = 'supports' AND (
            foremost.given IN ('signed', 'thumbprint') OR (foremost.given = 'verbal' AND survey.count_verbal)), FALSE
        ) AS counts,
        coalesce(foremost.outcome = 'supports', FALSE) AS yes,
        coalesce(foremost.outcome = 'vacant' AND foremost.evidence AND NOT survey.count_vacant, FALSE) AS excluded
    FROM roll JOIN consent_survey survey ON survey.id = roll.survey_id
    LEFT JOIN foremost ON foremost.door_id = roll.id LEFT JOIN met ON met.door_id = roll.id
)
SELECT stance.survey_id, round, count(*)::int, (count(*) FILTER (WHERE excluded))::int,
    (count(*) FILTER (WHERE contacted))::int, (count(*) FILTER (WHERE counts))::int,
    (count(*) FILTER (WHERE yes AND NOT counts))::int, max(last.day)
FROM stance LEFT JOIN last ON last.survey_id = stance.survey_id GROUP BY 1, 2
"""

ROUNDS_THEN = f"""
WITH {_ROLL}, {_LIVE}
SELECT round.survey_id, round.number, count(roll.id)::int, (count(roll.id) FILTER (WHERE EXISTS (
    SELECT FROM live WHERE live.door_id = roll.id AND live.round = round.number
)))::int
FROM consent_round round
LEFT JOIN consent_rounddoor listed ON listed.round_id = round.id
LEFT JOIN roll ON roll.id = listed.door_id
WHERE round.survey_id = ANY(%(surveys)s) AND round.opened_at < %(until)s
GROUP BY 1, 2 ORDER BY 1, 2
"""

MONEY = """
SELECT source.neighbourhood_id, source.kind, entry.step, sum(entry.amount)
FROM renovation_fundingsource source JOIN renovation_fundingentry entry ON entry.source_id = source.id
WHERE source.neighbourhood_id = ANY(%(here)s) AND (%(until)s::timestamptz IS NULL OR entry.recorded_at < %(until)s)
GROUP BY 1, 2, 3
UNION ALL
SELECT source.neighbourhood_id, source.kind, 'planned', sum(share.planned)
FROM (
    SELECT DISTINCT ON (neighbourhood_id) id FROM renovation_renovationplan
    WHERE neighbourhood_id = ANY(%(here)s) AND in_force_at IS NOT NULL
      AND (%(until)s::timestamptz IS NULL OR in_force_at < %(until)s)
    ORDER BY neighbourhood_id, number DESC
) plan
JOIN renovation_planitem item ON item.plan_id = plan.id
JOIN renovation_fundingshare share ON share.plan_item_id = item.id
JOIN renovation_fundingsource source ON source.id = share.source_id
GROUP BY 1, 2
ORDER BY 1, 2
"""

_OF_MONTH = "starts_on >= %(month)s AND ends_on <= %(month_end)s"
_OF_YEAR = "starts_on >= %(year)s AND ends_on <= %(month_end)s"

BILLED_NOW = f"""
SELECT neighbourhood_id, coalesce(sum(amount) FILTER (WHERE {_OF_MONTH}), 0),
    coalesce(sum(reduction) FILTER (WHERE {_OF_MONTH}), 0), sum(amount), sum(reduction)
FROM governance_billedtally
WHERE neighbourhood_id = ANY(%(here)s) AND kind = %(kind)s AND {_OF_YEAR} GROUP BY 1
"""

SETTLED_NOW = f"""
SELECT neighbourhood_id, coalesce(sum(amount) FILTER (WHERE {_OF_MONTH}), 0), sum(amount)
FROM governance_settledtally
WHERE neighbourhood_id = ANY(%(here)s) AND kind = %(kind)s AND {_OF_YEAR} AND day <= %(day)s GROUP BY 1
"""

BILLED_THEN = f"""
SELECT neighbourhood_id, coalesce(sum(amount) FILTER (WHERE {_OF_MONTH}), 0),
    coalesce(sum(reduction) FILTER (WHERE {_OF_MONTH}), 0), sum(amount), sum(reduction)
FROM governance_bill
WHERE neighbourhood_id = ANY(%(here)s) AND kind = %(kind)s AND {_OF_YEAR} AND created_at < %(until)s
  AND (voided_at IS NULL OR voided_at >= %(until)s)
GROUP BY 1
"""

SETTLED_THEN = f"""
SELECT bill.neighbourhood_id, coalesce(sum(allocation.amount) FILTER (WHERE {_OF_MONTH}), 0), sum(allocation.amount)
FROM governance_bill bill JOIN governance_allocation allocation ON allocation.bill_id = bill.id
WHERE bill.neighbourhood_id = ANY(%(here)s) AND bill.kind = %(kind)s AND {_OF_YEAR}
  AND allocation.created_at < %(until)s AND allocation.booked_on <= %(day)s
GROUP BY 1
"""

# Packages that are not done, with how much is done of them: an item weighs its amount in the plan in force, all weigh
# the same where every amount is nil, and what the plan has no more weighs nothing (`renovation.rules.works.progress`).
_PACKAGES = """
WITH package AS (
    SELECT id, neighbourhood_id, name, number, starts_on, ends_on FROM renovation_workpackage package
    WHERE neighbourhood_id = ANY(%(here)s) AND {state} IN ('planned', 'running', 'suspended')
      AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
), plan AS (
    SELECT DISTINCT ON (neighbourhood_id) id, neighbourhood_id FROM renovation_renovationplan
    WHERE neighbourhood_id = ANY(%(here)s) AND in_force_at IS NOT NULL
      AND (%(until)s::timestamptz IS NULL OR in_force_at < %(until)s)
    ORDER BY neighbourhood_id, number DESC
), work AS (
    SELECT package.id, sum({done} * coalesce(item.amount, 0)) AS done_amount, sum(coalesce(item.amount, 0)) AS amount,
        sum({done}) AS done_items, count(*) AS items
    FROM package JOIN plan ON plan.neighbourhood_id = package.neighbourhood_id
    JOIN renovation_packageitem mine ON mine.package_id = package.id
    JOIN renovation_planitem item ON item.plan_id = plan.id AND item.menu_item_id = mine.menu_item_id
    GROUP BY package.id
)
SELECT package.neighbourhood_id, package.id, package.number, package.name, package.starts_on, package.ends_on,
    CASE WHEN work.amount > 0 THEN work.done_amount WHEN work.items > 0 THEN work.done_items ELSE 1 END,
    CASE WHEN work.amount > 0 THEN work.amount WHEN work.items > 0 THEN work.items ELSE 1 END
FROM package LEFT JOIN work ON work.id = package.id ORDER BY package.neighbourhood_id, package.id
"""

PACKAGES_NOW = _PACKAGES.format(state="package.state", done="mine.done_share")

PACKAGES_THEN = _PACKAGES.format(
    state="""coalesce((SELECT to_state FROM renovation_packageevent event
        WHERE event.package_id = package.id AND event.at < %(until)s ORDER BY event.id DESC LIMIT 1), 'planned')""",
    done="""coalesce((SELECT entry.done_share FROM renovation_progressentry entry
        WHERE entry.package_item_id = mine.id AND entry.at < %(until)s
        ORDER BY entry.done_on DESC, entry.id DESC LIMIT 1), 0)""",
)

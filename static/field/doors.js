// The doors of a pack with what this phone has logged since: what a building looks like, what is left, who is next.
// The rules of stances and rounds are those of consent/rules/, on the phone so that they hold in a stairwell. No DOM.

export const ANSWERS = new Set(["supports", "not_yet", "opposes"]);
const IN_WRITING = new Set(["signed", "thumbprint"]);
const LIVE = new Set(["waiting", "refused", "recorded"]); // a record that was handed over counts once it was entered

const PARTIES = {
  1: ["owners_committee"],
  2: ["grid"],
  3: ["owners_committee", "grid", "community"],
};

/** Those whom a round (1 to 3, null for none) asks for and who are not in the party. */
export function missingFromParty(round, party) {
  return (PARTIES[round] || []).filter((who) => !party.includes(who));
}

/** Sorts "2" before "10", and what is no number by its text at the end. */
function natural(number) {
  const digits = String(number).replace(/[^0-9]/g, "");
  return [digits ? Number(digits.slice(0, 15)) : 1e15, String(number)];
}

/** Below, at or above zero, as two lists of numbers and texts compare member by member. */
export function compare(one, other) {
  for (let i = 0; i < one.length; i += 1) {
    if (one[i] < other[i]) return -1;
    if (one[i] > other[i]) return 1;
  }
  return 0;
}

const orders = new WeakMap();

function orderOf(door) {
  if (!orders.has(door)) {
    const place = [door.buildingNumber, door.stairwell].flatMap(natural);
    orders.set(door, [...place, door.floor || 0, ...natural(door.unit), door.household]);
  }
  return orders.get(door);
}

const byNumber = (one, other) => compare(numberOf(one), numberOf(other));

function numberOf(door) {
  const order = orderOf(door);
  return [...order.slice(0, 4), ...order.slice(5)]; // without the floor: as a list of doors is read
}

/** How a door looks: its stance, but a yes that waits for its form like none of the others. */
export function lookOf({ stance, given }) {
  return stance === "supports" && given === "verbal" ? "verbal" : stance;
}

/**
 * The doors of a pack in the order of their numbers, with the records of this phone laid over them.
 *
 * Each gets `buildingNumber`; `visits`, latest first, with own ones (`state` is the record's); `stance`, `given`,
 * `counts`, `round` and `listed` as they stand here; `latest`, its latest live visit in the round in hand; `isGained`
 * (counts, since this round); `pending` and `isRefused` for what waits or was refused; `isShared` where two people's
 * visits of this round stand, with `others`, the visits that are not of `person` (an id).
 */
export function withRecords(pack, records, person = null) {
  const numbers = new Map(pack.buildings.map((building) => [building.id, building.number]));
  const own = new Map();
  const gone = new Set();
  for (const record of records) {
    if (record.survey !== pack.survey.id || !LIVE.has(record.state)) continue;
    if (!own.has(record.household)) own.set(record.household, []);
    own.get(record.household).push(record);
    // One that was refused corrects nothing yet.
    if (record.visit.supersedes && record.state !== "refused") gone.add(record.visit.supersedes);
  }
  return pack.doors
    .map((door) => ({
      ...door,
      buildingNumber: numbers.get(door.building) ?? String(door.building),
      ...laidOver(door, own.get(door.household) || [], gone, pack.survey, person),
    }))
    .sort(byNumber);
}

function laidOver(door, records, gone, survey, person) {
  const known = new Set(door.visits.map((visit) => visit.client_id));
  const added = records.filter((record) => !known.has(record.clientId) && !isTooOld(record, door.visits));
  const visits = [
    ...added.map((record) => ownVisit(record, person)),
    ...door.visits,
  ].map((visit) => ({ ...visit, is_corrected: Boolean(visit.is_corrected) || gone.has(visit.client_id) }));
  visits.sort((one, other) => Date.parse(other.visited_at) - Date.parse(one.visited_at));
  const live = visits.filter((visit) => !visit.is_corrected);
  const here = survey.round ? live.filter((visit) => visit.round === survey.round) : [];
  const isTouched = added.length > 0 || door.visits.some((visit) => !visit.is_corrected && gone.has(visit.client_id));
  const stance = isTouched ? stanceOf(door, live, survey) : null;
  const others = othersOf(here, added, person);
  const now = {
    visits,
    latest: here[0] || null,
    listed: isTouched ? listedNow(door, here) : door.listed,
    pending: records.some((record) => record.state === "waiting" || record.state === "refused"),
    isRefused: records.some((record) => record.state === "refused"),
    isShared: isShared(here, others),
    others,
    ...stance,
  };
  const { counts, round } = stance || door;
  return { ...now, isGained: Boolean(counts) && survey.round !== null && round === survey.round };
}

/** The pack holds three visits a door: a recorded one that is older than these has gone into its stance already. */
function isTooOld(record, visits) {
  const oldest = Math.min(...visits.map((visit) => Date.parse(visit.visited_at)));
  return record.state === "recorded" && visits.length >= 3 && Date.parse(record.visit.visited_at) < oldest;
}

function ownVisit({ visit, state, errors }, person) {
  return { ...visit, by: person, by_name: "", is_corrected: false, has_photo: false, state, errors };
}

function stanceOf(door, live, { count_verbal: countVerbal }) {
  // What led on the server may be older than the visits in the pack; then it is known by what it came to.
  const isLed = door.visits.some(
    (visit) => !visit.is_corrected && visit.outcome === door.stance && (visit.given || "") === (door.given || ""),
  );
  const facts = [...live];
  const { stance: outcome, given: asGiven, round } = door;
  if (outcome !== "not_visited" && !isLed) facts.push({ outcome, given: asGiven, round });
  // Latest first: the first answer leads, without one the first of all.
  const leading = facts.find((visit) => ANSWERS.has(visit.outcome)) || facts[0];
  if (!leading) return { stance: "not_visited", given: "", counts: false, round: null };
  const given = leading.outcome === "supports" ? leading.given || "" : "";
  return {
    stance: leading.outcome,
    given,
    counts: leading.outcome === "supports" && (IN_WRITING.has(given) || (given === "verbal" && countVerbal)),
    round: leading.round ?? null,
  };
}

function listedNow(door, here) {
  if (door.listed === "due" && here.length) return "visited";
  // A correction may have moved the only visit of this round to another door.
  if (door.listed === "visited" && !here.length && door.visits.length < 3) return "due";
  return door.listed;
}

function othersOf(here, added, person) {
  const others = here
    .filter((visit) => !visit.state && visit.by !== person)
    .map((visit) => ({ recorded_by: visit.by_name, visited_at: visit.visited_at, outcome: visit.outcome }));
  const seen = new Set(others.map((other) => Date.parse(other.visited_at)));
  for (const other of added.flatMap((record) => record.others || [])) {
    if (!seen.has(Date.parse(other.visited_at))) others.push(other);
  }
  return others;
}

function isShared(here, others) {
  const people = new Set(here.map((visit) => (visit.state ? "own" : visit.by)));
  return people.size > 1 || (others.length > 0 && here.some((visit) => visit.state));
}

/** What is counted of some doors: those listed in the round in hand, visited, gained and due. */
export function countsOf(doors) {
  const count = (holds) => doors.reduce((sum, door) => sum + (holds(door) ? 1 : 0), 0);
  return {
    listed: count((door) => door.listed === "due" || door.listed === "visited"),
    visited: count((door) => door.listed === "visited"),
    gained: count((door) => door.isGained),
    due: count((door) => door.listed === "due"),
  };
}

/** How many doors the whole neighbourhood lacks to pass, with what this phone has logged since the pack was made. */
export function missingNow(pack, doors) {
  const before = pack.doors.filter((door) => door.counts).length;
  const now = doors.filter((door) => door.counts).length;
  return Math.max(0, pack.figures.needed - pack.figures.supports - (now - before));
}

/**
 * The due door to offer after `from`: on the same floor of the same stairwell, else the nearest floor there, else the
 * next stairwell, else the next building; without a last one, the first of all. Null where nothing is due.
 */
export function nextDoor(doors, from = null) {
  const due = doors.filter((door) => door.listed === "due" && door.household !== from?.household);
  const distance = (door) => {
    if (!from) return orderOf(door);
    const isSameBuilding = door.building === from.building;
    const isSameStairwell = isSameBuilding && door.stairwell === from.stairwell;
    const floors = isSameStairwell ? Math.abs((door.floor || 0) - (from.floor || 0)) : 0;
    const isBehind = compare(orderOf(door), orderOf(from)) < 0;
    return [Number(!isSameBuilding), Number(!isSameStairwell), floors, Number(isBehind), ...orderOf(door)];
  };
  let nearest = null;
  for (const door of due) {
    const far = distance(door);
    if (!nearest || compare(far, nearest.far) < 0) nearest = { door, far };
  }
  return nearest ? nearest.door : null;
}

/**
 * One building from the front: floors from the top, stairwells from the left, doors above each other in one column.
 * `cells` holds null where there is no door; `begins` says where a stairwell begins.
 */
export function elevationOf(doors) {
  const sorted = [...doors].sort(byNumber);
  const stairwells = groupBy(sorted, (door) => door.stairwell);
  const numbers = [...stairwells.keys()].sort((one, other) => compare(natural(one), natural(other)));
  const grids = new Map(numbers.map((number) => [number, gridOf(stairwells.get(number))]));
  const floors = [...new Set(sorted.map((door) => door.floor))].filter((floor) => floor !== null);
  floors.sort((one, other) => other - one);
  const levels = sorted.some((door) => door.floor === null) ? [...floors, null] : floors;
  return {
    stairwells: numbers.map((number) => ({
      number,
      width: grids.get(number).width,
      due: countsOf(stairwells.get(number)).due,
    })),
    floors: levels.map((level) => {
      const [cells, begins] = [[], []];
      for (const number of numbers) {
        const { width, placed } = grids.get(number);
        for (let column = 0; column < width; column += 1) {
          cells.push(placed.get(`${level} ${column}`) || null);
          begins.push(column === 0);
        }
      }
      return { number: level, cells, begins };
    }),
  };
}

function gridOf(doors) {
  const floors = groupBy(doors, (door) => door.floor);
  const most = Math.max(...[...floors.values()].map((found) => found.length));
  const endings = new Map(doors.map((door) => [door, endingOf(door)]));
  const columns = [...new Set(endings.values())].sort((one, other) => compare(natural(one), natural(other)));
  const isOnceAFloor = [...floors.values()].every(
    (found) => new Set(found.map((door) => endings.get(door))).size === found.length,
  );
  const placed = new Map();
  if (isOnceAFloor && columns.length <= most + 2) {
    for (const door of doors) placed.set(`${door.floor} ${columns.indexOf(endings.get(door))}`, door);
    return { width: columns.length, placed };
  }
  for (const [floor, found] of floors) found.forEach((door, column) => placed.set(`${floor} ${column}`, door));
  return { width: most, placed };
}

/** What is left of a door's number without its floor: 01 of 401. */
function endingOf({ unit, floor }) {
  const number = unit.replace(/^0+/, "");
  const prefix = String(floor);
  const isBelow = floor !== null && number.length > prefix.length && number.startsWith(prefix);
  return isBelow ? number.slice(prefix.length) : number;
}

/** Doors by number (401; 2-401 with the stairwell; 3-2-401 with the building) or by the name as far as it is shown. */
export function searchDoors(doors, text) {
  const wanted = text.normalize("NFKC").trim().toLowerCase().replace(/(号楼|栋|幢|单元)\s*|[\u2010-\u2015#]/g, "-");
  if (!wanted) return [];
  const parts = wanted.split("-").map((part) => part.trim()).filter(Boolean);
  const [unit, stairwell, building] = [...parts].reverse();
  const isAt = (door) =>
    (parts.length === 2 || (parts.length === 3 && isSame(door.buildingNumber, building))) &&
    isSame(door.stairwell, stairwell) &&
    door.unit.toLowerCase().startsWith(unit);
  const isOf = (name) => {
    const shown = name.replace(/\*+$/, "").toLowerCase();
    return shown !== "" && (shown.includes(wanted) || (name.endsWith("*") && wanted.startsWith(shown)));
  };
  return doors.filter((door) => isAt(door) || door.unit.toLowerCase().includes(wanted) || isOf(door.name || ""));
}

const isSame = (number, wanted) => String(number).toLowerCase() === wanted;

/** The doors where nobody answered when they were last visited in this round, by building and stairwell. */
export function eveningList(doors) {
  const missed = doors.filter((door) => door.latest?.outcome === "no_answer" && !door.counts);
  return [...groupBy(missed, (door) => door.building).values()].map((found) => ({
    building: found[0].building,
    number: found[0].buildingNumber,
    stairwells: [...groupBy(found, (door) => door.stairwell)].map(([number, its]) => ({ number, doors: its })),
  }));
}

function groupBy(things, keyOf) {
  const groups = new Map();
  for (const thing of things) {
    const key = keyOf(thing);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(thing);
  }
  return groups;
}

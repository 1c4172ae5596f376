import assert from "node:assert/strict";
import { test } from "node:test";

import {
  countsOf,
  elevationOf,
  eveningList,
  lookOf,
  missingFromParty,
  missingNow,
  nextDoor,
  searchDoors,
  withRecords,
} from "../../static/field/doors.js";

const ME = 7;
const COLLEAGUE = 8;

function makeDoor(household, fields = {}) {
  return {
    household,
    building: 1,
    stairwell: "1",
    floor: 1,
    unit: String(household),
    area: null,
    occupancy: "unknown",
    name: "王**",
    phones: [],
    stance: "not_visited",
    given: "",
    counts: false,
    round: null,
    listed: "due",
    on_roll: true,
    visits: [],
    ...fields,
  };
}

function makePack(doors, fields = {}) {
  const survey = { id: 17, is_open: true, round: 2, rounds: [], count_verbal: false, ...fields };
  const figures = { roll: 10, denominator: 10, supports: 4, needed: 9, missing: 5, visited: 4 };
  const buildings = [{ id: 1, number: "3" }, { id: 2, number: "10" }];
  return { survey, figures, menu: [], buildings, doors };
}

function makeVisit(id, outcome, at, fields = {}) {
  return {
    client_id: id,
    outcome,
    given: outcome === "supports" ? "signed" : null,
    visited_at: `2026-11-24T${at}:00+08:00`,
    round: 2,
    by: COLLEAGUE,
    by_name: "李四",
    is_corrected: false,
    ...fields,
  };
}

function makeRecord(household, visit, fields = {}) {
  const state = "waiting";
  return { clientId: visit.client_id, survey: 17, household, visit, state, others: [], errors: [], ...fields };
}

const one = (pack, ...records) => withRecords(pack, records, ME)[0];
const units = (doors) => doors.map((door) => door.unit);

test("a pack without records stands as the server made it", () => {
  const made = makeDoor(401, { stance: "supports", given: "signed", counts: true, round: 2, listed: "visited" });

  const door = one(makePack([made]));

  assert.deepEqual([door.stance, door.given, door.counts, door.listed], ["supports", "signed", true, "visited"]);
  assert.deepEqual([door.pending, door.isShared, door.isGained, door.buildingNumber], [false, false, true, "3"]);
});

test("what waits gives its door the stance it will have, and takes it off the list", () => {
  const door = one(makePack([makeDoor(401)]), makeRecord(401, makeVisit("a", "supports", "10:00")));

  assert.deepEqual(
    [door.stance, door.given, door.counts, door.listed, door.pending, door.isGained],
    ["supports", "signed", true, "visited", true, true],
  );
  assert.equal(door.visits[0].state, "waiting");
});

test("a refused record stays on its door and says that it was refused", () => {
  const record = makeRecord(401, makeVisit("a", "not_yet", "10:00"), { state: "refused" });

  const door = one(makePack([makeDoor(401)]), record);

  assert.deepEqual([door.pending, door.isRefused, door.stance], [true, true, "not_yet"]);
});

test("a record that was handed over moves nothing", () => {
  const door = one(makePack([makeDoor(401)]), makeRecord(401, makeVisit("a", "opposes", "10:00"), { state: "handed" }));

  assert.deepEqual([door.pending, door.stance, door.listed], [false, "not_visited", "due"]);
});

test("a later no answer does not undo an answer, also one that is too old for the pack", () => {
  const door = makeDoor(401, { stance: "opposes", round: 1 });

  const now = one(makePack([door]), makeRecord(401, makeVisit("a", "no_answer", "10:00")));

  assert.deepEqual([now.stance, now.round, now.listed], ["opposes", 1, "visited"]);
});

test("a later answer leads, an earlier one does not", () => {
  const door = makeDoor(401, { stance: "opposes", round: 2, visits: [makeVisit("a", "opposes", "10:00")] });
  const pack = makePack([door]);

  assert.equal(one(pack, makeRecord(401, makeVisit("b", "supports", "11:00"))).stance, "supports");
  assert.equal(one(pack, makeRecord(401, makeVisit("b", "supports", "09:00"))).stance, "opposes");
});

test("a verbal yes counts where the policy says so, and looks like none of the others", () => {
  const record = makeRecord(401, makeVisit("a", "supports", "10:00", { given: "verbal" }));

  const [strict, mild] = [false, true].map((count_verbal) => one(makePack([makeDoor(401)], { count_verbal }), record));

  assert.deepEqual([strict.counts, mild.counts, lookOf(strict)], [false, true, "verbal"]);
});

test("a correction takes the place of the visit it corrects", () => {
  const visits = [makeVisit("a", "opposes", "10:00")];
  const door = makeDoor(401, { stance: "opposes", round: 2, listed: "visited", visits });
  const correction = makeVisit("b", "no_answer", "10:00", { supersedes: "a" });

  const now = one(makePack([door]), makeRecord(401, correction));

  assert.deepEqual([now.stance, now.listed, now.isShared], ["no_answer", "visited", false]);
  assert.deepEqual(now.visits.map((visit) => visit.is_corrected).sort(), [false, true]);
});

test("a correction that was another door leaves the wrong door due again", () => {
  const visits = [makeVisit("a", "supports", "10:00")];
  const won = { stance: "supports", given: "signed", counts: true };
  const wrong = makeDoor(401, { ...won, round: 2, listed: "visited", visits });
  const record = makeRecord(402, makeVisit("b", "supports", "10:00", { supersedes: "a" }));

  const [first, second] = withRecords(makePack([wrong, makeDoor(402)]), [record], ME);

  assert.deepEqual([first.stance, first.listed, first.counts], ["not_visited", "due", false]);
  assert.deepEqual([second.stance, second.listed, second.pending], ["supports", "visited", true]);
});

test("a correction that was refused leaves the visit it was meant for standing", () => {
  const visits = [makeVisit("a", "no_answer", "10:00")];
  const wrong = makeDoor(401, { stance: "no_answer", round: 2, listed: "visited", visits });
  const record = makeRecord(402, makeVisit("b", "no_answer", "10:00", { supersedes: "a" }), { state: "refused" });

  const [first, second] = withRecords(makePack([wrong, makeDoor(402)]), [record], ME);

  assert.deepEqual([first.stance, first.listed], ["no_answer", "visited"]);
  assert.deepEqual([second.stance, second.isRefused], ["no_answer", true]);
});

test("a record that the pack has already is not laid over it twice", () => {
  const visits = [makeVisit("a", "supports", "10:00", { by: ME })];
  const door = makeDoor(401, { stance: "supports", given: "signed", visits });

  const now = one(makePack([door]), makeRecord(401, makeVisit("a", "not_yet", "10:00"), { state: "recorded" }));

  assert.deepEqual([now.stance, now.visits.length], ["supports", 1]);
});

test("an old recorded visit that the pack is too short for does not come back", () => {
  const visits = ["12:00", "11:00", "10:00"].map((at) => makeVisit(at, "no_answer", at));
  const door = makeDoor(401, { stance: "no_answer", round: 2, listed: "visited", visits });

  const now = one(makePack([door]), makeRecord(401, makeVisit("a", "supports", "09:00"), { state: "recorded" }));

  assert.equal(now.stance, "no_answer");
});

test("two people's visits of one round are marked, and name the other", () => {
  const both = [makeVisit("a", "supports", "10:00"), makeVisit("b", "opposes", "10:20", { by: ME })];
  const inPack = one(makePack([makeDoor(401, { listed: "visited", visits: both })]));
  const answer = [{ recorded_by: "李四", visited_at: "2026-11-24T10:20:00+08:00", outcome: "opposes" }];
  const byAnswer = one(
    makePack([makeDoor(401)]),
    makeRecord(401, makeVisit("a", "supports", "10:00"), { state: "recorded", others: answer }),
  );

  assert.deepEqual([inPack.isShared, byAnswer.isShared], [true, true]);
  assert.deepEqual(byAnswer.others, answer);
  assert.deepEqual(inPack.others.map((other) => other.recorded_by), ["李四"]);
});

test("a waiting visit beside a colleague's is marked; of another round, or one's own, is not", () => {
  const waiting = makeRecord(401, makeVisit("b", "supports", "11:00"));
  const beside = (fields) => {
    const visits = [makeVisit("a", "opposes", "10:00", fields)];
    return one(makePack([makeDoor(401, { visits })]), waiting);
  };

  assert.equal(beside({}).isShared, true);
  assert.equal(beside({ round: 1 }).isShared, false);
  assert.equal(beside({ is_corrected: true }).isShared, false);
});

test("counts tell what is listed, visited, gained and due", () => {
  const doors = withRecords(
    makePack([
      makeDoor(401),
      makeDoor(402),
      makeDoor(403, { listed: "out", stance: "supports", counts: true, round: 1 }),
      makeDoor(404, { listed: "visited", stance: "supports", counts: true, round: 2 }),
    ]),
    [makeRecord(401, makeVisit("a", "supports", "10:00"))],
    ME,
  );

  assert.deepEqual(countsOf(doors), { listed: 3, visited: 2, gained: 2, due: 1 });
});

test("what is missing to pass follows what this phone has logged", () => {
  const pack = makePack([makeDoor(401), makeDoor(402, { stance: "supports", counts: true, listed: "out" })]);
  const won = withRecords(pack, [makeRecord(401, makeVisit("a", "supports", "10:00"))], ME);
  const lost = withRecords(pack, [makeRecord(402, makeVisit("b", "opposes", "10:00", { round: null }))], ME);

  assert.deepEqual([missingNow(pack, won), missingNow(pack, lost)], [4, 6]);
});

test("the next door: the same floor, then the nearest, then the next stairwell and building", () => {
  const at = (household, stairwell, floor, fields = {}) => makeDoor(household, { stairwell, floor, ...fields });
  const doors = withRecords(
    makePack([
      at(101, "1", 1),
      at(201, "1", 2),
      at(202, "1", 2),
      at(401, "1", 4),
      at(111, "2", 1),
      at(991, "1", 1, { building: 2 }),
      at(102, "1", 1, { listed: "visited" }),
    ]),
    [],
  );
  const walk = (from) => {
    const left = new Set(doors);
    const found = [];
    for (let last = from; last; ) {
      left.delete(last);
      last = nextDoor([...left], last);
      if (last) found.push(last.household);
    }
    return found;
  };

  assert.equal(nextDoor(doors).household, 101);
  assert.deepEqual(walk(doors.find((door) => door.household === 202)), [201, 101, 401, 111, 991]);
  assert.equal(nextDoor([]), null);
});

test("doors above each other stand in one column, floors from the top, unknown floors last", () => {
  const door = (unit, floor, stairwell = "1") => makeDoor(Number(unit) + 1000 * stairwell, { unit, floor, stairwell });
  const first = [door("0101", 1), door("102", 1), door("202", 2), door("1001", 10), door("9", null)];
  const doors = [...first, door("101", 1, "2")];

  const { stairwells, floors } = elevationOf(withRecords(makePack(doors), []));

  assert.deepEqual(stairwells, [
    { number: "1", width: 3, due: 5 },
    { number: "2", width: 1, due: 1 },
  ]);
  assert.deepEqual(floors.map((floor) => floor.number), [10, 2, 1, null]);
  assert.deepEqual(
    floors.map((floor) => floor.cells.map((cell) => cell && cell.unit)),
    [
      ["1001", null, null, null],
      [null, "202", null, null],
      ["0101", "102", null, "101"],
      [null, null, "9", null],
    ],
  );
  assert.deepEqual(floors[0].begins, [true, false, false, true]);
});

test("numbers that say nothing of columns stand in order from the left", () => {
  const doors = ["101", "0101", "301"].map((unit, at) => makeDoor(at + 1, { unit, floor: at < 2 ? 1 : 2 }));

  const { stairwells, floors } = elevationOf(withRecords(makePack(doors), []));

  assert.equal(stairwells[0].width, 2);
  assert.deepEqual(floors.map((floor) => floor.cells.map((cell) => cell && cell.unit)), [
    ["301", null],
    ["0101", "101"],
  ]);
});

test("doors are found by number, with stairwell and building, and by name as far as it is shown", () => {
  const door = (household, unit, fields) => makeDoor(household, { unit, ...fields });
  const doors = withRecords(
    makePack([
      door(1, "401", { stairwell: "2", name: "周**" }),
      door(2, "401", { stairwell: "3" }),
      door(3, "401", { stairwell: "2", building: 2, name: "" }),
      door(4, "302-1", { name: "Zhou**" }),
    ]),
    [],
  );
  const found = (text) => searchDoors(doors, text).map((door) => door.household);

  assert.deepEqual(found("401"), [1, 2, 3]);
  assert.deepEqual(found("2-401"), [1, 3]);
  assert.deepEqual(found("3-2-40"), [1]);
  assert.deepEqual(found("３－２－４０１"), [1]);
  assert.deepEqual(found("3号楼2单元401"), [1]);
  assert.deepEqual(found("302-1"), [4]);
  assert.deepEqual(found("周"), [1]);
  assert.deepEqual(found("周小明"), [1]);
  assert.deepEqual(found("zhou"), [4]);
  assert.deepEqual(found("*"), []);
  assert.deepEqual(found(" "), []);
});

test("the evening list has who did not answer last in this round, by building and stairwell", () => {
  const doors = withRecords(
    makePack([
      makeDoor(401, { visits: [makeVisit("a", "no_answer", "09:00")], stance: "no_answer", listed: "visited" }),
      makeDoor(402, { visits: [makeVisit("b", "no_answer", "09:00", { round: 1 })], stance: "no_answer" }),
      makeDoor(403),
      makeDoor(404, { stairwell: "2" }),
      makeDoor(405, { building: 2 }),
    ]),
    [
      makeRecord(403, makeVisit("c", "no_answer", "09:00")),
      makeRecord(403, makeVisit("d", "declined", "19:00")),
      makeRecord(404, makeVisit("e", "not_yet", "09:00")),
      makeRecord(404, makeVisit("f", "no_answer", "19:00")),
      makeRecord(405, makeVisit("g", "no_answer", "19:00")),
    ],
    ME,
  );

  const list = eveningList(doors);

  assert.deepEqual(
    list.map((building) => [building.number, building.stairwells.map((its) => [its.number, units(its.doors)])]),
    [
      ["3", [["1", ["401"]], ["2", ["404"]]]],
      ["10", [["1", ["405"]]]],
    ],
  );
});

test("round 3 needs all three at the door, and no round nobody", () => {
  assert.deepEqual(missingFromParty(3, ["grid"]), ["owners_committee", "community"]);
  assert.deepEqual(missingFromParty(1, ["owners_committee"]), []);
  assert.deepEqual(missingFromParty(null, []), []);
});

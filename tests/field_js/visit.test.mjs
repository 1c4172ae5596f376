import assert from "node:assert/strict";
import { test } from "node:test";

import {
  asVisit,
  correctionOf,
  emptySheet,
  fromInput,
  newClientId,
  planShown,
  problemsOf,
  sheetOf,
  toInput,
} from "../../static/field/visit.js";

const NOW = new Date("2026-11-24T11:42:00Z");
const SURVEY = { rounds: [{ number: 1, closed_at: "2026-11-20T10:00:00Z" }, { number: 2, closed_at: null }] };
const KNOWN = { round: 2, survey: SURVEY, menu: [{ code: "U11" }], now: NOW };

const YES = { outcome: "supports", given: "signed", respondent: "owner" };
const PNG = "data:image/png;base64,AA";

const filled = (fields) => ({ ...emptySheet(["grid"]), ...YES, ...fields });
const sent = (sheet, round = 2) => asVisit(sheet, { household: 90210, round, now: NOW });
const codes = (sheet, more = {}) => problemsOf(sheet, { ...KNOWN, ...more }).map(({ place, code }) => [place, code]);

test("ids are random version 4 UUIDs", () => {
  const ids = new Set(Array.from({ length: 100 }, newClientId));

  assert.equal(ids.size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a yes is sent with how it was given, by whom, and each commitment with a yes or a no", () => {
  const visit = sent(filled({ clientId: "c", commitments: ["convention"], menuItems: ["U11"], note: " fears dust " }));

  assert.deepEqual(visit, {
    client_id: "c",
    household: 90210,
    outcome: "supports",
    given: "signed",
    respondent: "owner",
    visited_at: "2026-11-24T11:42:00.000Z",
    party: ["grid"],
    commitments: {
      self_governance: false,
      convention: true,
      demolition: false,
      contribution: false,
      property_management: false,
    },
    menu_items: ["U11"],
    reasons: [],
    note: "fears dust",
    supersedes: null,
    round: 2,
    out_of_round: false,
    signature: null,
  });
});

test("what does not belong to the outcome stays on the sheet and is not sent", () => {
  const ticked = { commitments: ["convention"], menuItems: ["U11"], signature: PNG };

  const visit = sent(filled({ outcome: "no_answer", ...ticked }));

  assert.deepEqual(
    [visit.given, visit.respondent, visit.commitments, visit.menu_items, visit.signature],
    [null, null, null, [], null],
  );
});

test("a visit of an earlier round or out of round does not name the round in hand", () => {
  assert.equal(sent(filled({ round: 1 })).round, 1);
  assert.deepEqual(sent(filled({ outOfRound: true })).round, null);
  assert.deepEqual(sent(filled({ outOfRound: true })).out_of_round, true);
  assert.equal(sent(filled({}), null).round, null);
});

test("a waiting record that is opened and saved unchanged is the same visit again", () => {
  const visit = sent(filled({ commitments: ["convention"], reasons: ["cost"], note: "x", signature: PNG }));

  const again = asVisit(sheetOf(visit, 2), { household: 90210, round: 2, now: new Date() });

  assert.deepEqual(again, visit);
});

test("a record of a round that was closed meanwhile still names that round", () => {
  const visit = sent(filled({}), 1);

  assert.equal(asVisit(sheetOf(visit, 2), { household: 90210, round: 2, now: NOW }).round, 1);
});

test("a correction has an id of its own, keeps time and round, and names what it corrects", () => {
  const visit = sent(filled({ note: "x" }), 1);

  const correction = sent(correctionOf(visit));

  assert.notEqual(correction.client_id, visit.client_id);
  assert.deepEqual(
    [correction.supersedes, correction.visited_at, correction.round, correction.out_of_round],
    [visit.client_id, visit.visited_at, 1, false],
  );
});

test("a correction of a visit out of round stays out of round, also when it is mended", () => {
  const correction = sent(correctionOf(sent(filled({ outOfRound: true, note: "by post" }))));

  assert.deepEqual([correction.round, correction.out_of_round], [null, false]);
  assert.equal(sheetOf(correction, 2).outOfRound, true);
});

test("a complete sheet has no problem", () => {
  assert.deepEqual(codes(filled({})), []);
  assert.deepEqual(codes({ ...emptySheet(["grid"]), outcome: "no_answer" }), []);
});

test("each problem is said at its place", () => {
  assert.deepEqual(codes(emptySheet(["grid"])), [["outcome", "outcome_missing"]]);
  assert.deepEqual(codes(filled({ given: "", respondent: "" })), [
    ["given", "given_missing"],
    ["respondent", "respondent_missing"],
  ]);
  assert.deepEqual(codes(filled({ respondent: "tenant" })), [["respondent", "tenant_cannot_support"]]);
  assert.deepEqual(codes(filled({ menuItems: ["U11", "X"] })), [["menu_items", "unknown_menu_item"]]);
  assert.deepEqual(codes(filled({ outcome: "vacant", outOfRound: true })), [
    ["outcome", "out_of_round_needs_an_answer"],
    ["note", "out_of_round_needs_a_note"],
  ]);
  assert.deepEqual(codes(filled({ note: "x".repeat(2001) })), [["note", "note_too_long"]]);
});

test("a tenant may say not yet", () => {
  assert.deepEqual(codes(filled({ outcome: "not_yet", respondent: "tenant" })), []);
});

test("the party is that of the visit's round, and free out of round", () => {
  const [problem] = problemsOf(filled({ party: ["grid"], round: 1 }), KNOWN);

  assert.deepEqual(problem, { place: "party", code: "wrong_party", absent: ["owners_committee"], round: 1 });
  assert.deepEqual(codes(filled({ party: [], outOfRound: true, note: "by post" })), []);
  assert.deepEqual(codes(filled({ party: [] }), { round: null }), []);
});

test("a time lies in the past, and before the close of the round that is named", () => {
  const at = (visitedAt, fields = {}) => codes(filled({ visitedAt, ...fields }));

  assert.deepEqual(at("2026-11-24T11:47:00Z"), []);
  assert.deepEqual(at("2026-11-24T11:47:01Z"), [["visited_at", "in_the_future"]]);
  assert.deepEqual(at("1999-12-31T00:00:00Z"), [["visited_at", "too_long_ago"]]);
  assert.deepEqual(at("soon"), [["visited_at", "time_unreadable"]]);

  const first = { round: 1, party: ["owners_committee"] };
  assert.deepEqual(at("2026-11-20T10:00:01Z", first), [["visited_at", "closed_before_visit"]]);
  assert.deepEqual(at("2026-11-20T10:00:00Z", first), []);
});

test("an input holds the time in China, whatever the phone's zone", () => {
  assert.equal(toInput("2026-11-24T11:42:30.500Z"), "2026-11-24T19:42:30");
  assert.equal(fromInput("2026-11-24T19:42"), "2026-11-24T19:42:00+08:00");
  assert.equal(Date.parse(fromInput(toInput("2026-11-24T11:42:30Z"))), Date.parse("2026-11-24T11:42:30Z"));
  assert.deepEqual([toInput("soon"), fromInput("")], ["", ""]);
});

const PLANS = [
  { number: 1, total: "1500000.00", frozen_at: "2026-11-10T02:00:00Z" },
  { number: 2, total: "1790720.00", frozen_at: "2026-11-20T02:00:00Z" },
];
const named = (sheet) => asVisit(sheet, { household: 90210, round: 2, plans: PLANS, now: NOW });

test("a new visit names the last revision of the plan; without a plan it has no such member", () => {
  assert.equal(named(filled({})).plan, 2);
  assert.equal("plan" in sent(filled({})), false);
  assert.equal("plan" in asVisit(filled({}), { household: 1, round: 2, plans: [], now: NOW }), false);
});

test("a paper form names the revision that was there when it was filled in, and none before the first", () => {
  assert.equal(named(filled({ visitedAt: "2026-11-20T09:59:59+08:00" })).plan, 1);
  assert.equal(named(filled({ visitedAt: "2026-11-20T10:00:00+08:00" })).plan, 2);
  assert.equal("plan" in named(filled({ visitedAt: "2026-11-10T09:59:00+08:00" })), false);
});

test("what mends or corrects a visit names what that one named, also where it named none", () => {
  const first = { ...named(filled({})), plan: 1 };
  const none = sent(filled({}));

  assert.equal(named(sheetOf(first)).plan, 1);
  assert.equal(named(correctionOf(first)).plan, 1);
  assert.equal("plan" in named(sheetOf(none)), false);
  assert.equal("plan" in named(correctionOf(none)), false);
});

test("a sheet that was begun before plans were shown takes the one that is shown now", () => {
  const { plan, ...old } = sheetOf(sent(filled({})));

  assert.equal(plan, null);
  assert.equal(planShown(old, PLANS), 2);
  assert.equal(planShown({ ...old, plan: undefined }, PLANS), 2);
});

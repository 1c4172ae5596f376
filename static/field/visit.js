// A visit as it is filled in on a door sheet, as it is sent (api.md, A batch of visits), and what would be refused of
// it. What does not belong to the outcome is left out rather than refused: the boxes may still be ticked. No DOM.

import { ANSWERS, missingFromParty } from "./doors.js";

export const OUTCOMES = ["supports", "not_yet", "opposes", "no_answer", "declined", "vacant"];
export const COMMITMENTS = ["self_governance", "convention", "demolition", "contribution", "property_management"];
export const LONGEST_NOTE = 2000;
const OLDEST = Date.parse("2000-01-01T00:00:00Z");
const AHEAD = 5 * 60 * 1000; // how far the server lets a phone's clock run ahead
const SHANGHAI = 8 * 60 * 60 * 1000; // no summer time since 1991

/** A random UUID; crypto.randomUUID is younger than the oldest browser here. */
export function newClientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A sheet on which nothing is said yet but who stands at the door. */
export function emptySheet(party) {
  return {
    clientId: newClientId(),
    outcome: "",
    given: "",
    respondent: "",
    party: [...party],
    commitments: [],
    menuItems: [],
    reasons: [],
    note: "",
    signature: "", // data URL of a PNG
    visitedAt: "", // ISO; empty is the moment of saving
    round: null, // an earlier round; null is the one in hand
    outOfRound: false,
    supersedes: null,
  };
}

/** The sheet that says what a visit says: one of a pack, or as it was sent. It keeps the id. */
export function sheetOf(visit, roundInHand = null) {
  const commitments = visit.commitments || {};
  return {
    clientId: visit.client_id,
    outcome: visit.outcome,
    given: visit.given || "",
    respondent: visit.respondent || "",
    party: [...(visit.party || [])],
    commitments: COMMITMENTS.filter((name) => commitments[name]),
    menuItems: [...(visit.menu_items || [])],
    reasons: [...(visit.reasons || [])],
    note: visit.note || "",
    signature: visit.signature || "",
    visitedAt: visit.visited_at,
    round: visit.round && visit.round !== roundInHand ? visit.round : null,
    outOfRound: Boolean(visit.out_of_round || (visit.supersedes && !visit.round)),
    supersedes: visit.supersedes || null,
    plan: visit.plan || null,
  };
}

/** A sheet that corrects a recorded visit: its content under a new id, in the round of that visit. */
export function correctionOf(visit) {
  return {
    ...sheetOf(visit),
    clientId: newClientId(),
    signature: "",
    round: visit.round || null,
    outOfRound: !visit.round,
    supersedes: visit.client_id,
  };
}

/**
 * The revision of the plan that a sheet stands for, its number, or null. What mends or corrects a visit keeps what that one
 * said (`sheet.plan`, a number or null). A new visit takes the last one that was there when somebody stood at the door:
 * a form of last week, typed in today, was not shown the plan of today. `plans` are those of the pack, in order.
 */
export function planShown(sheet, plans = []) {
  if (sheet.plan !== undefined) return sheet.plan;
  const at = sheet.visitedAt ? Date.parse(sheet.visitedAt) : Infinity;
  const [last] = plans.filter((plan) => !(Date.parse(plan.frozen_at) > at)).slice(-1);
  return last ? last.number : null;
}

/**
 * The visit as it is sent. `round` is the round in hand as far as the phone knows (null for none): it is named, so that
 * a visit that arrives late still lands in the round in which it was made. `plans` are the pack's, and `now` is a Date.
 */
export function asVisit(sheet, { clientId = sheet.clientId, household, round, plans, now }) {
  const plan = planShown(sheet, plans);
  const supports = sheet.outcome === "supports";
  const answers = ANSWERS.has(sheet.outcome);
  return {
    client_id: clientId,
    household,
    outcome: sheet.outcome,
    given: supports && sheet.given ? sheet.given : null,
    respondent: answers && sheet.respondent ? sheet.respondent : null,
    visited_at: sheet.visitedAt || now.toISOString(),
    party: [...sheet.party],
    commitments: supports
      ? Object.fromEntries(COMMITMENTS.map((name) => [name, sheet.commitments.includes(name)]))
      : null,
    menu_items: answers ? [...sheet.menuItems] : [],
    reasons: [...sheet.reasons],
    note: sheet.note.trim(),
    supersedes: sheet.supersedes,
    round: roundOf(sheet, round),
    out_of_round: sheet.outOfRound && !sheet.supersedes,
    signature: (answers && sheet.signature) || null,
    ...(plan && { plan }),
  };
}

/** The round that a sheet belongs to: null out of round, and where none is open. */
function roundOf(sheet, roundInHand) {
  return sheet.outOfRound ? null : sheet.round || roundInHand;
}

/**
 * What would be refused of a sheet, each with its place on it: consent/rules/visits.py, as far as a phone can know.
 * `round` is the round in hand, `survey` and `menu` are the pack's, `now` is a Date.
 */
export function problemsOf(sheet, { round, survey, menu, now = new Date() }) {
  const found = [];
  const say = (place, code, figures = {}) => found.push({ place, code, ...figures });
  const number = roundOf(sheet, round);
  const isAnswer = ANSWERS.has(sheet.outcome);
  if (!OUTCOMES.includes(sheet.outcome)) say("outcome", "outcome_missing");
  else if (sheet.outOfRound && !isAnswer) say("outcome", "out_of_round_needs_an_answer");
  if (sheet.outcome === "supports" && !sheet.given) say("given", "given_missing");
  if (isAnswer && !sheet.respondent) say("respondent", "respondent_missing");
  if (sheet.outcome === "supports" && sheet.respondent === "tenant") say("respondent", "tenant_cannot_support");
  const absent = sheet.outOfRound ? [] : missingFromParty(number, sheet.party);
  if (absent.length) say("party", "wrong_party", { absent, round: number });
  const codes = new Set(menu.map((item) => item.code));
  const unknown = isAnswer ? sheet.menuItems.filter((code) => !codes.has(code)) : [];
  if (unknown.length) say("menu_items", "unknown_menu_item", { items: unknown });
  if (sheet.outOfRound && !sheet.note.trim()) say("note", "out_of_round_needs_a_note");
  if (sheet.note.length > LONGEST_NOTE) say("note", "note_too_long");
  for (const code of problemsOfTime(sheet, survey, now)) say("visited_at", code, { round: sheet.round });
  return found;
}

function problemsOfTime(sheet, survey, now) {
  if (!sheet.visitedAt) return [];
  const at = Date.parse(sheet.visitedAt);
  if (Number.isNaN(at)) return ["time_unreadable"];
  if (at < OLDEST) return ["too_long_ago"];
  if (at > now.getTime() + AHEAD) return ["in_the_future"];
  const named = sheet.outOfRound || sheet.supersedes ? null : survey.rounds.find((one) => one.number === sheet.round);
  return named?.closed_at && at > Date.parse(named.closed_at) ? ["closed_before_visit"] : [];
}

/** What a datetime-local input holds, as wall time in China, as ISO; empty stays empty. */
export function fromInput(value) {
  return value ? `${value.length === 16 ? `${value}:00` : value}+08:00` : "";
}

/** An ISO time as a datetime-local input shows it: wall time in China, to the second. */
export function toInput(iso) {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? "" : new Date(at + SHANGHAI).toISOString().slice(0, 19);
}

// What a door sheet says before its form: what is known of the door, what was said there, and what is odd about it.

import { lookOf } from "../doors.js";
import { moment, yuan } from "../figures.js";
import { ask, Problem } from "../net.js";
import { planShown } from "../visit.js";
import { placeOf } from "./building.js";
import { queryOf } from "./opening.js";
import { othersIn } from "./saved.js";

/** Fills the head with what is known of the household: masked, until it is opened. */
export function fillHead(header, door, { text }, opened = null) {
  const parts = opened ? [opened.name, ...opened.phones] : [door.name, ...door.phones];
  const occupancy = `occupancy.${door.occupancy}`;
  if (door.occupancy && door.occupancy !== "unknown") parts.push(text(occupancy));
  if (door.area) parts.push(text("door.area", { area: door.area }));
  header.querySelector(".parts").replaceChildren(...parts.filter(Boolean).map(span));
}

/** Fills the line with the stance and the way to name and phone. */
export function fillStance(main, door, context) {
  const { text, icon } = context;
  const look = lookOf(door);
  const [swatch, words] = main.querySelector(".strip .stance").children;
  swatch.dataset.stance = look;
  swatch.append(icon(look));
  words.textContent = text(`stance.${look}`);
  const leading = door.visits.find((visit) => !visit.is_corrected && visit.outcome === door.stance);
  main.querySelector(".stance-at").textContent = leading ? moment(leading.visited_at) : "";
  const button = main.querySelector(".reveal");
  button.hidden = !door.name && !door.phones.length;
}

/** Says which revision of the plan is shown, what it costs, and what this household is to pay, as far as the pack knows. */
export function fillPlan(line, sheet, { plans = [] }, door, { text }) {
  const number = planShown(sheet, plans);
  const plan = plans.find((one) => one.number === number);
  const parts = number ? [text("sheet.plan", { number })] : [];
  if (plan) parts.push(text("sheet.yuan", { amount: yuan(plan.total).replace(/\.00$/, "") }));
  // Shares are those of the last revision.
  if (plan && plan === plans[plans.length - 1] && door.share) parts.push(text("sheet.share", { amount: yuan(door.share) }));
  line.hidden = !parts.length;
  if (line.textContent !== parts.join("")) line.replaceChildren(...parts.map(span)); // what stays is not read out again
}

/** Opens name and phone at the server, which keeps who did; without a network it says that it cannot. */
export async function reveal(parts, { survey, door }, context) {
  const { session, text } = context;
  const button = parts.main.querySelector(".reveal");
  const says = parts.main.querySelector(".revealed");
  button.disabled = true;
  try {
    const url = `/field/surveys/${survey}/doors/${door.household}/reveal/`;
    if (!session.csrf) await session.refresh(); // a page that was opened without a network has no token yet
    const { body } = await ask(url, { json: {}, csrf: session.csrf, language: session.language });
    fillHead(parts.header, door, context, body);
    says.replaceChildren(...body.phones.map((phone) => callTo(phone, text)));
    if (!body.name && !body.phones.length) says.textContent = text("sheet.reveal_nothing");
    button.hidden = true;
    // The button is gone, and focus with it.
    (says.querySelector("a") ?? parts.header.querySelector("h1")).focus({ preventScroll: true });
  } catch (problem) {
    const isNo = problem instanceof Problem && problem.isOurs;
    says.textContent = isNo ? text("sheet.reveal_failed", { why: problem.detail }) : text("sheet.reveal_offline");
    button.disabled = false;
    button.focus({ preventScroll: true });
  }
}

function callTo(phone, text) {
  const link = document.createElement("a");
  link.className = "btn";
  link.href = `tel:${phone}`;
  link.textContent = text("sheet.call", { phone });
  return link;
}

/** Fills the list of earlier visits, latest first, each with the way to correct it. */
export function fillEarlier(main, door, survey, context) {
  const { template, text } = context;
  const more = main.querySelector(".earlier");
  more.hidden = !door.visits.length;
  more.querySelector("summary span").textContent = text("sheet.earlier", { n: door.visits.length });
  const list = more.querySelector("ul");
  for (const visit of door.visits) {
    const item = template("sheet-visit").firstElementChild;
    const [at, outcome, about] = item.children;
    at.textContent = moment(visit.visited_at);
    const given = visit.given ? ` · ${text(`given.${visit.given}`)}` : "";
    outcome.textContent = text(`outcome.${visit.outcome}`) + given;
    about.textContent = aboutIt(visit, text).join(" · ");
    const reasons = (visit.reasons || []).map((reason) => text(`reason.${reason}`));
    if (reasons.length) item.append(span(reasons.join(text("list.between"))));
    if (visit.note) item.append(span(visit.note));
    if (visit.is_corrected) item.append(quiet(text("sheet.corrected")));
    else if (survey.is_open || isOpenState(visit.state)) item.append(wayTo(visit, text));
    list.append(item);
  }
}

const isOpenState = (state) => state === "waiting" || state === "refused";

function aboutIt(visit, text) {
  const about = [visit.round ? text("sheet.round", { number: visit.round }) : text("sheet.out_of_round")];
  about.push(visit.state ? text("sheet.you") : visit.by_name);
  if (visit.respondent) about.push(text(`respondent.${visit.respondent}`));
  if (visit.state === "waiting") about.push(text("door.pending"));
  if (visit.state === "refused") about.push(text("door.refused"));
  return about;
}

function wayTo({ client_id: clientId, state, about }, text) {
  const link = document.createElement("a");
  if (about !== undefined) {
    return Object.assign(link, { href: location.pathname + queryOf(about), textContent: text("home.see") });
  }
  link.href = isOpenState(state) ? `?mend=${clientId}` : `?correct=${clientId}`;
  link.textContent = text({ waiting: "sheet.change", refused: "sheet.mend" }[state] || "sheet.correct");
  return link;
}

/** Says who else was here in this round, and asks to agree. */
export function fillShared(main, door, { text }) {
  const box = main.querySelector(".shared");
  box.hidden = !door.isShared;
  if (box.hidden) return;
  box.querySelector("strong").textContent = text("sheet.agree");
  for (const other of door.others) {
    const line = document.createElement("p");
    line.textContent = othersIn(other, text);
    box.append(line);
  }
}

/** Says what is odd about this sheet: taken off the roll, closed, corrected, visited already. */
export function fillNotes(main, { door, survey, opened }, { text }) {
  const box = main.querySelector(".sheet-notes");
  for (const { code, figures = {}, isNext = false, way = null } of notesOf(door, survey, opened)) {
    const note = document.createElement("p");
    note.className = "note tight";
    if (isNext) note.dataset.tone = "next";
    note.textContent = text(`sheet.note.${code}`, figures);
    if (way) note.append(" ", wayTo(way, text));
    box.append(note);
  }
}

function notesOf(door, survey, { mode, record, corrected, isGone, isAnew, otherDraft }) {
  const notes = [];
  const next = (code, figures, way) => notes.push({ code, figures, way, isNext: true });
  if (isGone) next("gone");
  if (isAnew) next("anew");
  if (otherDraft) next("other_draft", {}, otherDraft);
  if (!door.on_roll) next("off_roll");
  else if (!survey.is_open) next(survey.may_out_of_round ? "closed_may" : "closed");
  else if (mode === "correct") next("corrects", { at: moment(corrected.visited_at) });
  else if (mode === "mend") {
    next(record.state === "refused" ? "mends" : "changes", { at: moment(record.visit.visited_at) });
  } else notes.push(...notesOfRound(door, survey));
  return notes;
}

function notesOfRound(door, survey) {
  const own = door.visits.find((visit) => isOpenState(visit.state) && !visit.is_corrected);
  if (own) {
    const code = own.state === "refused" ? "own_refused" : "own_waits";
    return [{ code, figures: { at: moment(own.visited_at) }, isNext: true, way: own }];
  }
  if (!survey.round) return [{ code: "no_round", isNext: true }];
  if (door.listed === "out") return [{ code: survey.may_out_of_round ? "out_may" : "out" }];
  return door.listed === "visited" ? [{ code: "visited" }] : [];
}

/** What of a refused record is said where: its errors by place on the sheet, "" for the whole of it. */
export function placesOf(errors) {
  return errors.map(({ code, detail }) => ({ place: PLACES[code] || "", words: detail || code }));
}

const PLACES = {
  given_missing: "given",
  respondent_missing: "respondent",
  tenant_cannot_support: "respondent",
  commitments_missing: "commitments",
  wrong_party: "party",
  in_the_future: "visited_at",
  unknown_menu_item: "menu_items",
  signature_too_large: "signature",
};

/** A door by its full name. */
export function nameOf(door, text) {
  return text("door.name", placeOf(door));
}

function span(words) {
  return Object.assign(document.createElement("span"), { textContent: words });
}

function quiet(words) {
  return Object.assign(span(words), { className: "quiet" });
}

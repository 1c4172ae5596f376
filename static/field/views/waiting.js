// The queue: each visit logged on this phone with what became of it, and what can be done about it.

import { ask } from "../ask.js";
import { count, moment } from "../figures.js";
import { exportRecords, getRecord, importRecords, isOpen, listRecords, removeRecord } from "../queue.js";
import { hand, sendOne, syncNow } from "../sync.js";
import { fillNeeds, needsOf } from "./needs.js";

const GROUPS = ["refused", "waiting", "handed", "recorded"];
const SIGNS = { waiting: "pending", refused: "attention", handed: "people", recorded: "synced" };
// What community staff can enter out of round.
const HANDABLE = new Set(["wrong_round", "survey_closed", "not_yours", "household_not_on_roll"]);
const ACTS = {
  waiting: ["send", "mend", "export", "delete"],
  refused: ["hand", "mend", "send", "export", "delete"],
  handed: ["export", "delete"],
  recorded: ["send", "correct", "export", "delete"], // the first and the last only for photos that are left
};

export async function draw(context) {
  const { session, template, text } = context;
  const made = template("waiting");
  const [records, needs] = await Promise.all([listRecords(session), needsOf(context, { isQueue: true })]);
  fillNeeds(made.querySelector(".needs"), needs, context);
  for (const group of GROUPS) {
    const section = made.querySelector(`[data-group=${group}]`);
    const its = records.filter((record) => groupOf(record) === group).sort(byTime(group === "waiting" ? 1 : -1));
    section.hidden = !its.length;
    section.querySelector(".sec-head p").textContent = text("waiting.count", { n: its.length });
    section.querySelector("ul").append(...its.map((record) => drawRecord(record, context)));
  }
  const unsent = records.filter(isUnsent).length;
  const says = unsent ? text("waiting.unsent", { n: unsent }) : text("sync.all_sent");
  made.querySelector(".waiting-says").textContent = says;
  made.querySelector(".empty").hidden = records.length > 0;
  const save = made.querySelector("[data-testid=queue-export]");
  save.disabled = !unsent;
  save.addEventListener("click", async () => download(await exportRecords(session), text));
  const file = made.querySelector("[data-testid=queue-import]");
  file.addEventListener("change", () => takeFile(file, context));
  return made;
}

// A visit that the server has may still have a photo that needs somebody.
function groupOf({ state, photos }) {
  return state === "recorded" && photos?.some((photo) => photo.state === "refused") ? "refused" : state;
}

const byTime = (direction) => (one, other) =>
  direction * (Date.parse(one.visit.visited_at) - Date.parse(other.visit.visited_at));

function drawRecord(record, context) {
  const { session, template, text, icon } = context;
  const { visit, state } = record;
  const made = template("waiting-record").firstElementChild;
  made.dataset.testid = `record-${record.clientId}`;
  made.dataset.state = state;
  made.querySelector("h3").textContent = nameOf(record, text);

  const look = visit.outcome === "supports" && visit.given === "verbal" ? "verbal" : visit.outcome;
  const [swatch, words] = made.querySelector(".stance").children;
  swatch.dataset.stance = look;
  swatch.append(icon(look));
  words.textContent = text(`stance.${look}`);

  const survey = session.surveys.find((one) => one.id === record.survey);
  const round = visit.round && text("waiting.round", { number: visit.round });
  const parts = [moment(visit.visited_at), round, survey?.neighbourhood];
  made.querySelector(".record-when").append(...parts.filter(Boolean).map((part) => span(part)));

  const line = made.querySelector(".record-state");
  line.querySelector(".record-sign").append(icon(SIGNS[state]));
  line.lastElementChild.textContent = stateOf(record, text);

  fillErrors(made.querySelector(".record-errors"), record, context);
  fillMore(made.querySelector(".record-more"), record, context);
  fillActs(made.querySelector(".record-acts"), record, context);
  return made;
}

function stateOf(record, text) {
  const { state, handed, sequence, tries } = record;
  if (state === "handed") {
    return text(`waiting.state.handed.${handed?.status ?? "waiting"}`, {
      sequence: count(sequence ?? handed?.sequence ?? 0),
      reason: handed?.reason ?? "",
    });
  }
  if (state === "recorded") return text("waiting.state.recorded", { sequence: count(sequence ?? 0) });
  const words = text(`waiting.state.${state}`);
  return state === "waiting" && tries ? `${words} · ${text("waiting.tries", { n: tries })}` : words;
}

function fillErrors(list, { state, errors }, { template, text, hasText }) {
  if (state !== "refused") return;
  for (const { code, detail } of errors ?? []) {
    const made = template("waiting-error");
    made.querySelector("strong").textContent = detail || code;
    made.querySelector("span").textContent = text(hasText(`refusal.${code}`) ? `refusal.${code}` : "refusal.other");
    list.append(made);
  }
}

function fillMore(list, { receiptCode, photos, others }, { template, text }) {
  if (receiptCode) {
    const made = template("waiting-receipt");
    made.querySelector("strong").textContent = receiptCode;
    list.append(made);
  }
  for (const { state, detail } of photos ?? []) {
    const why = detail === "missing" ? text("waiting.photo_gone") : (detail ?? "");
    list.append(item(text(`waiting.photo.${state}`, { detail: why })));
  }
  for (const { recorded_by: name, visited_at: at, outcome } of others ?? []) {
    list.append(item(text("waiting.others", { name, at: moment(at), outcome: text(`outcome.${outcome}`) })));
  }
}

function fillActs(place, record, context) {
  const { template, text } = context;
  const acts = template("waiting-acts");
  const { clientId, survey, household, errors } = record;
  const door = `/field/surveys/${survey}/doors/${household}/`;
  const isHandable = errors?.some(({ code }) => HANDABLE.has(code));
  const isDone = record.state === "recorded" && !hasPhotoLeft(record);
  for (const act of ACTS[record.state]) {
    if ((act === "hand" && !isHandable) || (isDone && (act === "send" || act === "delete"))) continue;
    const button = acts.querySelector(`[data-testid=record-${act}]`);
    button.setAttribute("aria-label", `${button.textContent}: ${nameOf(record, text)}`);
    if (record.state === "refused" && act === (isHandable ? "hand" : "mend")) button.dataset.next = "";
    if (act === "mend") button.href = `${door}?mend=${clientId}`;
    else if (act === "correct") button.href = `${door}?correct=${clientId}`;
    else button.addEventListener("click", () => once(button, () => DO[act](record, context)));
    place.append(button);
  }
}

function hasPhotoLeft({ photos }) {
  return Boolean(photos?.some((photo) => photo.state !== "sent"));
}

function isUnsent(record) {
  return isOpen(record) || (record.state === "recorded" && hasPhotoLeft(record));
}

const DO = {
  async send({ clientId }, { session, text, toast, redraw }) {
    await sendOne(clientId);
    const now = await getRecord(session, clientId);
    await redraw();
    const isSent = now?.state === "recorded" && !hasPhotoLeft(now);
    toast(text(isSent ? "waiting.sent" : now && groupOf(now) === "refused" ? "waiting.refused" : "waiting.not_sent"));
  },
  async hand({ clientId }, { text, toast, redraw }) {
    try {
      await hand(clientId);
    } catch (problem) {
      toast(text("waiting.hand_failed", { why: problem.detail || text("home.no_network") }));
      return;
    }
    await redraw();
    toast(text("waiting.handed"));
  },
  async export({ clientId }, { session, text }) {
    download(await exportRecords(session, [clientId]), text);
  },
  async delete(record, context) {
    const { session, text, toast, redraw } = context;
    const figures = { door: nameOf(record, text), outcome: text(`outcome.${record.visit.outcome}`) };
    const atServer = { handed: "waiting.delete_sent", recorded: "waiting.delete_photo" };
    const says = atServer[record.state] ?? "waiting.delete_lost";
    const yes = await ask(context, {
      head: text("waiting.delete_head"),
      says: [text(says, figures)],
      yes: text("waiting.delete_yes", figures),
    });
    if (!yes) return;
    await removeRecord(session, record.clientId);
    await redraw();
    toast(text("waiting.deleted"));
  },
};

async function once(button, act) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await act();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function nameOf({ door, household }, text) {
  return door?.unit ? text("door.name", door) : text("waiting.unknown_door", { household });
}

function download(blob, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${text("waiting.file")}-${new Date().toISOString().slice(0, 16).replace(/[-:]/g, "")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function takeFile(input, context) {
  const { session, text, toast, redraw } = context;
  const [file] = input.files;
  if (!file) return;
  let says;
  try {
    const { added, known, refused } = await importRecords(session, await file.text());
    if (added) syncNow();
    says = [
      text("waiting.imported", { n: added }),
      ...(known ? [text("waiting.known", { n: known })] : []),
      ...new Set(refused.map((why) => text(`refusal.${why}`))),
    ];
  } catch (problem) {
    says = [problem?.name === "StorageFull" ? text("home.disk_full") : text("waiting.unreadable")];
  }
  await redraw();
  toast(says.join(" "));
}

const span = (words) => Object.assign(document.createElement("span"), { textContent: words });
const item = (words) => Object.assign(document.createElement("li"), { textContent: words });

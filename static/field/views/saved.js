// What is said after a visit was saved: where it is, and the way back from a slip.

import { changes } from "../changes.js";
import { moment } from "../figures.js";
import { dropDraft, flushDrafts, getRecord, isOpen, keepDraft, readPhoto, removeRecord } from "../queue.js";
import { sheetOf } from "../visit.js";

/**
 * Says that a visit is saved and offers to undo it; once the server has it, gives its receipt code and offers to
 * correct it. `more` is said as well, if given.
 */
export function sayItIsSaved(context, record, { more = "" } = {}) {
  const { text, toast, template, session } = context;
  const says = template("saved").firstElementChild;
  const { outcome, given } = record.visit;
  const stance = text(`outcome.${outcome}`) + (given ? ` · ${text(`given.${given}`)}` : "");
  says.querySelector(".saved-says").textContent = text("building.saved", {
    door: text("door.short", record.door),
    stance,
  });
  if (more) addLine(says, more);
  let state = record.state;
  toast(says, { action: () => goBack(context, record.clientId), label: labelOf(state, text), testid: "undo" });

  const follow = async () => {
    if (!says.isConnected) return changes.removeEventListener("change", follow);
    const now = await getRecord(session, record.clientId);
    if (!now || now.state === state) return;
    state = now.state;
    const button = says.closest(".toast")?.querySelector("button");
    if (button) button.textContent = labelOf(state, text);
    sayState(says, now, text);
  };
  changes.addEventListener("change", follow);
  follow();
}

const labelOf = (state, text) =>
  text({ recorded: "building.correct", refused: "building.mend" }[state] || "building.undo");

function sayState(says, { state, receiptCode, errors, others }, text) {
  if (state === "recorded" && receiptCode) {
    const code = document.createElement("strong");
    code.className = "num";
    code.dataset.testid = "receipt-code";
    code.textContent = receiptCode;
    addLine(says, `${text("building.receipt")} `, code);
  }
  if (state === "refused") {
    addLine(says, text("building.refused", { why: errors.map((error) => error.detail).join(" ") }));
  }
  for (const other of others || []) addLine(says, othersIn(other, text), " ", text("sheet.agree"));
}

function addLine(says, ...words) {
  const line = says.querySelector(".saved-more").cloneNode(true);
  line.hidden = false;
  line.append(...words);
  says.append(line);
}

/** Another person's visit at the same door in words. */
export function othersIn({ recorded_by: name, visited_at: at, outcome }, text) {
  return text("sheet.shared", { name, at: moment(at), outcome: text(`outcome.${outcome}`) });
}

/** Takes a visit that waits out of the queue and opens its sheet again; one that was sent is opened to be corrected. */
async function goBack(context, clientId) {
  const { session, navigate } = context;
  const record = await getRecord(session, clientId);
  if (!record) return navigate("/field/waiting/");
  const { survey, household, visit, photos } = record;
  const sheet = `/field/surveys/${survey}/doors/${household}/`;
  if (record.state === "refused") return navigate(`${sheet}?mend=${clientId}`);
  if (!isOpen(record)) return navigate(`${sheet}?correct=${clientId}`);
  const kept = photos.find((photo) => photo.state === "waiting");
  // First the draft, then away with the record: at no moment is it in neither place.
  keepDraft(session, survey, household, {
    about: visit.supersedes ? `correct:${visit.supersedes}` : "",
    sheet: sheetOf(visit),
    photo: kept ? await readPhoto(session, kept.id) : null,
    at: new Date().toISOString(),
    door: record.door,
  });
  try {
    await flushDrafts(session);
  } catch {
    await dropDraft(session, survey, household);
    return navigate(`${sheet}?mend=${clientId}`); // no room for both: it is changed where it is
  }
  await removeRecord(session, clientId);
  return navigate(visit.supersedes ? `${sheet}?correct=${visit.supersedes}` : sheet);
}

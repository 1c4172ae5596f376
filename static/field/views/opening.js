// What a door sheet opens with: nothing, a sheet that was begun, a visit that waits or was refused, or one to correct.

import { dropDraft, getRecord, isOpen, openDraft } from "../queue.js";
import { correctionOf, emptySheet, newClientId, sheetOf } from "../visit.js";

/**
 * `{mode, sheet, record, corrected, photo, about, draftAt, target, otherDraft, isGone, isAnew}` for a door.
 *
 * `mode` is new, mend (`record` is changed where it is) or correct (`corrected` is a visit that the server has).
 * `about` tells drafts of one door apart; `photo` is a Blob, null (as it was) or false (taken away); `target` is the
 * household that the visit turned out to belong to, or null.
 */
export async function openSheet(session, { pack, door, query }) {
  const fresh = await freshSheet(session, { pack, door, query });
  const { id } = pack.survey;
  const start = { about: fresh.about, sheet: fresh.sheet, photo: null, at: null, target: null };
  let draft = await openDraft(session, id, door.household, start);
  if (draft.about !== fresh.about && !draft.at) {
    await dropDraft(session, id, door.household);
    draft = await openDraft(session, id, door.household, start);
  }
  if (draft.about !== fresh.about) return { ...fresh, ...start, draftAt: null, otherDraft: { about: draft.about } };
  // Nobody has tapped it yet: only its id is of use, so that two tabs write one visit.
  const sheet = draft.at ? draft.sheet : { ...fresh.sheet, clientId: draft.sheet.clientId };
  const kept = { ...fresh, sheet, photo: draft.photo ?? null, draftAt: draft.at, target: draft.target ?? null };
  if (fresh.mode !== "new") return kept;
  // Saved meanwhile in another tab: what is saved here takes the place of that.
  const record = await getRecord(session, sheet.clientId);
  return isOpen(record) ? { ...kept, mode: "mend", record } : kept;
}

/** The query of the address at which a draft of a door was begun. */
export function queryOf(about) {
  const [kind, clientId] = (about || "").split(":");
  return clientId ? `?${kind === "mend" ? "mend" : "correct"}=${clientId}` : "";
}

async function freshSheet(session, { pack, door, query }) {
  const { survey } = pack;
  const wanted = query.get("mend") || query.get("correct");
  const record = wanted ? await getRecord(session, wanted) : null;
  if (isOpen(record)) return mended(record, pack);
  const visit = record?.state === "recorded" ? record.visit : visitIn(pack, door, wanted);
  if (visit && !survey.is_open) {
    // Nothing is corrected any more: a later answer out of round takes its place.
    const again = { supersedes: null, round: null, outOfRound: true, visitedAt: "", plan: undefined };
    const sheet = { ...correctionOf(visit), ...again };
    return { mode: "new", sheet, record: null, corrected: null, about: `again:${wanted}` };
  }
  if (visit) {
    return { mode: "correct", sheet: correctionOf(visit), record: null, corrected: visit, about: `correct:${wanted}` };
  }
  const isOut = door.listed === "out" && survey.may_out_of_round;
  const sheet = { ...emptySheet(session.party(survey.id)), outOfRound: !survey.is_open || isOut };
  return { mode: "new", sheet, record: null, corrected: null, about: "", isGone: Boolean(wanted) };
}

function mended(record, pack) {
  const codes = record.errors.map((error) => error.code);
  const found = { mode: "mend", record, corrected: null, about: `mend:${record.clientId}` };
  const sheet = sheetOf(record.visit, pack.survey.round);
  if (codes.includes("client_id_reused")) {
    // Something else went out under this id: what is here corrects it, under an id of its own.
    return { ...found, sheet: { ...sheet, clientId: newClientId(), supersedes: record.clientId } };
  }
  if (codes.includes("supersedes_unknown")) return { ...found, sheet: { ...sheet, supersedes: null }, isAnew: true };
  // The plan that is shown now takes the place of one that the server does not know.
  if (codes.includes("unknown_plan")) return { ...found, sheet: { ...sheet, plan: undefined } };
  return { ...found, sheet };
}

function visitIn(pack, door, clientId) {
  if (!clientId) return null;
  const visits = [...door.visits, ...pack.doors.flatMap((one) => one.visits)];
  return visits.find((visit) => visit.client_id === clientId && !visit.state) || null;
}

// The visits logged on this phone, from the moment they are saved until 72 hours after the server has them.
//
// A record is written anew as a whole, and only if nobody else has written it meanwhile (`mark`): two tabs and the
// worker may be at it at once. What was sent and not answered is kept in `sent`: the server may have it.

import { announce } from "./changes.js";
import { KeyMissing } from "./store.js";
import { newClientId } from "./visit.js";

export { changes } from "./changes.js";
export { dropDraft, flushDrafts, keepDraft, listDrafts, openDraft, readDraft } from "./drafts.js";
export { exportRecords, importRecords } from "./exchange.js";
export { StorageFull } from "./store.js";

// Members of a record that stand in its row in plain; all others are sealed.
const PLAIN = ["clientId", "user", "survey", "state", "savedAt", "settledAt", "attemptedAt", "tries"];

/** The server has this visit already, with other content: it can only be corrected by another one. */
export class AlreadySent extends Error {
  constructor(record) {
    super("already sent");
    this.name = "AlreadySent";
    this.record = record;
  }
}

/**
 * Saves a visit; it is on disk when this resolves. Under a client id that waits or was refused it replaces what was
 * there; `supersedesLocal` names a visit of this phone that it corrects: one that still waits is replaced, too. Photos
 * that are there already stay unless a new one is given (`null` keeps them, `false` drops them).
 * Raises StorageFull, and AlreadySent where the server has the visit with other content.
 */
export async function saveVisit(session, { survey, door, visit, photo = null, supersedesLocal = null }) {
  const { household = visit.household, ...place } = door;
  let sent = visit;
  if (supersedesLocal && supersedesLocal !== visit.client_id) {
    const earlier = await getRecord(session, supersedesLocal);
    sent = isOpen(earlier)
      ? { ...visit, client_id: earlier.clientId, supersedes: earlier.visit.supersedes ?? null }
      : { ...visit, supersedes: supersedesLocal };
  }
  const fresh = { survey: Number(survey), household: Number(household), door: place };
  return put(session, sent, photo, (record) => ({ ...record, ...fresh }));
}

/** Replaces the content of a record that waits or was refused, and lets it be sent (again). */
export async function mendVisit(session, clientId, visit) {
  return put(session, { ...visit, client_id: clientId }, null, (record) => record);
}

async function put(session, visit, photo, fill) {
  const clientId = visit.client_id;
  const [sealedPhoto, now] = [photo ? await newPhoto(session, photo) : null, momentOfSaving()];
  const saved = await edit(session, [clientId], (was) => {
    if (sealedPhoto && sealedPhoto.user !== session.person?.id) throw new KeyMissing();
    if (was && !isOpen(was) && was.state !== "removed") {
      if (!isSame(was.visit, visit)) throw new AlreadySent(was);
      if (!sealedPhoto) return null;
      const late = [...was.photos, { id: sealedPhoto.id, state: "waiting", detail: "" }];
      return { records: [{ ...was, photos: late }], photos: [{ ...sealedPhoto, clientId, survey: was.survey }] };
    }
    const record = fill(was ?? { clientId, user: session.person.id, others: [], photos: [], handed: null, sent: [] });
    const kept = sealedPhoto || photo === false ? record.photos.filter((one) => one.state === "sent") : record.photos;
    const dropPhotos = record.photos.filter((one) => !kept.includes(one)).map((one) => one.id);
    const photos = sealedPhoto ? [...kept, { id: sealedPhoto.id, state: "waiting", detail: "" }] : kept;
    const mayBeThere = was?.attemptedAt && !isSame(was.visit, visit);
    return {
      records: [
        {
          ...record,
          visit,
          photos,
          state: "waiting",
          savedAt: now,
          settledAt: null,
          attemptedAt: mayBeThere ? null : (was?.attemptedAt ?? null),
          tries: 0,
          errors: [],
          sequence: null,
          receiptCode: null,
          sent: mayBeThere ? [...(record.sent ?? []), was.visit] : (record.sent ?? []),
        },
      ],
      photos: sealedPhoto ? [{ ...sealedPhoto, clientId, survey: record.survey }] : [],
      dropPhotos,
    };
  });
  announce({ kind: "saved", clientIds: [clientId] });
  return saved.get(clientId) ?? getRecord(session, clientId);
}

let lastSaving = 0;

/** Now, and never the same time twice: records go out in the order in which they were saved. */
export function momentOfSaving() {
  lastSaving = Math.max(Date.now(), lastSaving + 1);
  return new Date(lastSaving).toISOString();
}

/** Whether a record may still be changed here: it waits, or was refused. */
export function isOpen(record) {
  return record?.state === "waiting" || record?.state === "refused";
}

/** Whether the server has the visit, so that its photos may follow. */
export function isAtServer(record) {
  return record.state === "recorded" || (record.state === "handed" && record.handed?.status === "entered");
}

/** Whether two visits say the same, whatever the order of their members. */
export function isSame(one, other) {
  return canonical(one) === canonical(other);
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  const names = Object.keys(value).filter((name) => value[name] !== undefined && value[name] !== null);
  return `{${names.sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

/** The records of the person here, of one survey or all, in the order in which they were saved. */
export async function listRecords(session, { survey = null } = {}) {
  if (!session.person) return [];
  const rows = await session.store.read(["records"], (tx) => tx.all("records", session.person.id));
  const wanted = rows.filter((row) => row.state !== "removed" && (survey === null || row.survey === Number(survey)));
  const records = await Promise.all(wanted.map((row) => recordOf(session, row)));
  return records.filter(Boolean).sort(bySaving);
}

/** One record of the person here, or null. */
export async function getRecord(session, clientId) {
  const row = await session.store.read(["records"], (tx) => tx.get("records", clientId));
  return row && row.user === session.person?.id && row.state !== "removed" ? recordOf(session, row) : null;
}

/** The photo itself while it is on this phone, or null. */
export async function readPhoto(session, id) {
  const row = await session.store.read(["photos"], (tx) => tx.get("photos", id));
  return row && row.user === session.person?.id ? session.unseal(row.sealed) : null;
}

function bySaving(one, other) {
  if (one.savedAt === other.savedAt) return one.clientId < other.clientId ? -1 : 1;
  return one.savedAt < other.savedAt ? -1 : 1;
}

// The record of a row; null for one that no key opens, which is left as it is and counted (session.othersWaiting).
async function recordOf(session, row) {
  const known = session.records.get(row.clientId);
  if (known?.mark === row.mark) return { ...known.record };
  let content;
  try {
    content = await session.unseal(row.sealed);
  } catch (error) {
    if (!(error instanceof KeyMissing)) throw error;
    session.unreadable.add(row.clientId);
    return null;
  }
  const record = { ...content };
  for (const name of PLAIN) record[name] = row[name];
  session.records.set(row.clientId, { mark: row.mark, record });
  return { ...record };
}

/**
 * Takes a record out of the queue, with its photos. One that was sent without an answer leaves a trace that only this
 * module sees: should the server have it, it comes back as recorded, and another content under its id as a correction.
 */
export async function removeRecord(session, clientId) {
  await edit(session, [clientId], (was) => {
    if (!was || was.state === "removed") return null;
    const dropPhotos = was.photos.map((photo) => photo.id);
    if (!isOpen(was) || (!was.attemptedAt && !was.sent?.length)) return { removed: true, dropPhotos };
    const settledAt = new Date().toISOString();
    return { records: [{ ...was, state: "removed", settledAt, photos: [] }], dropPhotos };
  });
  announce({ kind: "removed", clientIds: [clientId] });
}

/**
 * How much is in which state: `{waiting, refused, photos, photosDue, recorded, handed, bySurvey}`, the last by survey
 * with `oldestAt` of what waits or was refused. `photos` are those that wait, `photosDue` those of them whose answers
 * the server has.
 */
export async function countRecords(session) {
  const none = () => ({ waiting: 0, refused: 0, photos: 0, photosDue: 0, recorded: 0, handed: 0 });
  const all = { ...none(), bySurvey: {} };
  if (!session.person) return all;
  const rows = await session.store.read(["records"], (tx) => tx.all("records", session.person.id));
  for (const row of rows) {
    if (row.state === "removed" || !session.opens(row)) continue;
    const one = (all.bySurvey[row.survey] ??= { ...none(), oldestAt: null });
    for (const counts of [all, one]) {
      counts[row.state] += 1;
      counts.photos += row.photosWaiting ?? 0;
      counts.photosDue += row.photosDue ?? 0;
    }
    if (isOpen(row) && (one.oldestAt === null || row.savedAt < one.oldestAt)) one.oldestAt = row.savedAt;
  }
  return all;
}

/** Takes over what became of the records that were handed to community staff (`handed` of hello). */
export async function noteHanded(session) {
  const news = new Map(session.handed.map((one) => [String(one.client_id).toLowerCase(), one]));
  const rows = await listRecords(session);
  const touched = rows.filter((record) => {
    const found = news.get(record.clientId.toLowerCase());
    return found && (record.state === "handed" || record.state === "refused") && record.handed?.status !== found.status;
  });
  const ids = touched.map((record) => record.clientId);
  const written = await edit(session, ids, (was, clientId) => {
    const found = news.get(clientId.toLowerCase());
    if (!was || (was.state !== "handed" && was.state !== "refused")) return null;
    const handed = { status: found.status, reason: found.reason ?? null };
    const receipt = { sequence: found.sequence ?? null, receiptCode: found.receipt_code || null };
    const settledAt = was.settledAt ?? new Date().toISOString();
    // Photos of what is never entered have nowhere to go.
    const photos = found.status === "set_aside" ? was.photos.filter((one) => one.state === "sent") : was.photos;
    const dropPhotos = was.photos.filter((one) => !photos.includes(one)).map((one) => one.id);
    return { records: [{ ...was, state: "handed", settledAt, handed, ...receipt, photos }], dropPhotos };
  });
  if (written.size) announce({ kind: "saved", clientIds: [...written.keys()] }); // photos may go now
}

async function newPhoto(session, blob) {
  return { id: newClientId(), user: session.person.id, sealed: await session.seal(blob) };
}

/**
 * Changes records of the person here, all in one transaction that is on disk when this resolves. `change(record or
 * null, clientId)` returns null to leave it, or `{records, photos, dropPhotos, removed}` to write; it runs again for a
 * record that somebody else has written meanwhile. Resolves to what was written, by client id. Raises KeyMissing, with
 * nothing written, where the person changes meanwhile or the record is another's.
 */
export async function edit(session, clientIds, change) {
  const user = session.person?.id;
  const written = new Map();
  let left = [...clientIds];
  while (left.length) {
    const rows = await session.store.read(["records"], (tx) => Promise.all(left.map((id) => tx.get("records", id))));
    const plans = [];
    for (const [place, row] of rows.entries()) {
      const plan = await planOf(session, left[place], row, change);
      if (session.person?.id !== user) throw new KeyMissing();
      if (plan) plans.push(plan);
    }
    if (!plans.length) break;
    const again = await session.store.change(["records", "photos"], (tx) => write(tx, plans), { strict: true });
    for (const plan of plans) {
      if (again.includes(plan.clientId)) continue;
      for (const { row, record } of plan.rows) {
        session.records.set(row.clientId, { mark: row.mark, record });
        written.set(row.clientId, { ...record });
      }
    }
    left = again;
  }
  if (clientIds.length) announce({ kind: "records", clientIds: [...clientIds] });
  return written;
}

async function planOf(session, clientId, row, change) {
  if (row && row.user !== session.person?.id) throw new KeyMissing();
  const was = row ? await recordOf(session, row) : null;
  if (row && !was) throw new KeyMissing();
  const wanted = change(was, clientId);
  if (!wanted) return null;
  const rows = [];
  for (const record of wanted.records ?? []) {
    rows.push({ record, row: await rowOf(session, record, record.clientId === clientId ? row : null) });
  }
  const { photos = [], dropPhotos = [], removed = false } = wanted;
  return { clientId, mark: row?.mark, rows, photos, dropPhotos, removed };
}

async function rowOf(session, record, before) {
  const content = { ...record };
  for (const name of PLAIN) delete content[name];
  const row = { ...before };
  for (const name of PLAIN) row[name] = record[name];
  row.photosWaiting = record.photos.filter((photo) => photo.state === "waiting").length;
  row.photosLeft = record.photos.filter((photo) => photo.state !== "sent").length;
  row.photosDue = isAtServer(record) ? row.photosWaiting : 0;
  row.sealed = await session.seal(content);
  row.mark = newClientId();
  return row;
}

// Writes what was planned on rows that are still as they were; names the others.
async function write(tx, plans) {
  const again = [];
  for (const plan of plans) {
    const now = await tx.get("records", plan.clientId);
    if (now?.mark !== plan.mark) {
      again.push(plan.clientId);
      continue;
    }
    if (plan.removed) await tx.delete("records", plan.clientId);
    for (const { row } of plan.rows) await tx.put("records", row);
    for (const photo of plan.photos) await tx.put("photos", photo);
    for (const id of plan.dropPhotos) await tx.delete("photos", id);
  }
  return again;
}

// The queue as a file: saved on one machine, sent from another. What is in it is readable by anybody who has it.

import { announce } from "./changes.js";
import { edit, listRecords, readPhoto } from "./queue.js";
import { newClientId } from "./visit.js";

const FORMAT = "gongdi-field-records";
const VERSION = 1;
const LARGEST_PHOTO = 12 * 1024 * 1024; // bytes, as the server takes them
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PHOTO = /^data:image\/(jpeg|png|webp);base64,[A-Za-z0-9+/]+=*$/;

/** The records named, or all of this person's that the server does not have in full, as a JSON file with its photos. */
export async function exportRecords(session, clientIds = null) {
  const records = await listRecords(session);
  const wanted = records.filter((one) => (clientIds ? clientIds.includes(one.clientId) : needsSending(one)));
  const written = [];
  for (const record of wanted) {
    const photos = [];
    for (const { id, state } of record.photos) {
      const blob = state === "sent" ? null : await readPhoto(session, id);
      if (blob) photos.push({ id, data: await dataUrl(blob) });
    }
    const { clientId, survey, household, door, visit, state, savedAt, errors } = record;
    written.push({ clientId, survey, household, door, visit, state, savedAt, errors, photos });
  }
  const { id, name, username } = session.person;
  const file = { format: FORMAT, version: VERSION, savedAt: new Date().toISOString(), person: { id, name, username } };
  return new Blob([JSON.stringify({ ...file, records: written })], { type: "application/json" });
}

/**
 * Puts the records of a file into the queue of the person here: `{added, known, refused}`, the last with a code for
 * each that cannot be taken (`import_unreadable`, `import_version`, `import_record`). Those that are here already,
 * under the same client id, stay as they are. Raises StorageFull; what was added until then stays.
 */
export async function importRecords(session, text) {
  const answer = { added: 0, known: 0, refused: [] };
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    file = null;
  }
  if (file?.format !== FORMAT || !Array.isArray(file.records)) return { ...answer, refused: ["import_unreadable"] };
  if (file.version !== VERSION) return { ...answer, refused: ["import_version"] };
  for (const one of file.records) {
    if (!isRecord(one)) answer.refused.push("import_record");
    else if (await add(session, one)) {
      answer.added += 1;
      announce({ kind: "saved", clientIds: [one.clientId.toLowerCase()] });
    } else answer.known += 1;
  }
  return answer;
}

async function add(session, one) {
  const clientId = one.clientId.toLowerCase();
  const there = await session.store.read(["records"], (tx) => tx.get("records", clientId));
  if (there || (one.state !== undefined && !needsSending(one))) return false;
  const user = session.person.id;
  const photos = [];
  for (const { data } of one.photos ?? []) {
    const photo = { id: newClientId(), user, clientId, survey: one.survey };
    photos.push({ ...photo, sealed: await session.seal(blobOf(data)) });
  }
  const { survey, household, savedAt } = one;
  const record = {
    clientId,
    user,
    survey,
    household,
    door: { building: "", stairwell: "", unit: "", ...one.door },
    visit: { ...one.visit, client_id: clientId },
    state: "waiting",
    savedAt: Number.isNaN(Date.parse(savedAt)) ? new Date().toISOString() : new Date(savedAt).toISOString(),
    settledAt: null,
    attemptedAt: null,
    tries: 0,
    errors: [],
    sequence: null,
    receiptCode: null,
    others: [],
    photos: photos.map(({ id }) => ({ id, state: "waiting", detail: "" })),
    handed: null,
    sent: [],
  };
  const written = await edit(session, [clientId], (was) => (was ? null : { records: [record], photos }));
  return written.has(clientId);
}

// What is recorded is sent once more where photos are left: the server takes it for a duplicate, and the photos follow.
function needsSending(record) {
  if (record.state === "handed" || record.state === "removed") return false;
  return record.state !== "recorded" || (record.photos ?? []).some((photo) => photo.state !== "sent");
}

function isRecord(one) {
  const { clientId, survey, household, door, visit, photos = [] } = one ?? {};
  const isId = (value) => Number.isSafeInteger(value) && value > 0;
  return (
    typeof clientId === "string" &&
    ID.test(clientId) &&
    isId(survey) &&
    isId(household) &&
    isVisit(visit) &&
    String(visit.client_id).toLowerCase() === clientId.toLowerCase() &&
    visit.household === household &&
    (door === undefined || (isThing(door) && Object.values(door).every(isText))) &&
    Array.isArray(photos) &&
    photos.every((photo) => isThing(photo) && (photo.data === undefined || isPhoto(photo.data)))
  );
}

// What the views read of a visit has the type that they take for granted; its values are the server's to judge.
function isVisit(visit) {
  const has = (is, ...names) => names.every((name) => (visit[name] ?? null) === null || is(visit[name]));
  return (
    isThing(visit) &&
    isText(visit.outcome) &&
    isText(visit.visited_at) &&
    !Number.isNaN(Date.parse(visit.visited_at)) &&
    has(isText, "given", "respondent", "note", "supersedes", "signature") &&
    has((list) => Array.isArray(list) && list.every(isText), "party", "menu_items", "reasons") &&
    has(isThing, "commitments") &&
    has(Number.isInteger, "round")
  );
}

const isText = (value) => typeof value === "string";
const isThing = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isPhoto = (data) => isText(data) && data.length < LARGEST_PHOTO * 1.4 && PHOTO.test(data);

async function dataUrl(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  // A call takes only so many arguments.
  for (let from = 0; from < bytes.length; from += 0x8000) text += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
  return `data:${blob.type || "image/jpeg"};base64,${btoa(text)}`;
}

function blobOf(data) {
  const [head, body] = data.split(",");
  return new Blob([Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))], { type: head.slice(5, -7) });
}

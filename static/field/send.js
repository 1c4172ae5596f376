// One round of sending: answers first, then photos, then a word to the server about what is left. Nothing here decides
// when; sync.js does.
//
// A record counts as recorded only where the server's answer names its client id. Every other end of a question leaves
// it waiting. Sending twice is safe: the server takes the second for a duplicate.

import { ask, Problem, Unreachable, Unreadable } from "./net.js";
import { keptPacks } from "./packs.js";
import { countRecords, edit, isAtServer, isOpen, isSame, listRecords, momentOfSaving, readPhoto } from "./queue.js";
import { KeyMissing, StorageFull } from "./store.js";
import { newClientId } from "./visit.js";

const BATCH = 50; // visits
const BATCH_BYTES = 256 * 1024; // a signature may have 87 KB
const TRANSIENT = new Set([408, 425, 429]);
const SEEN_AGAIN = 300_000; // ms
const HEARD_LATELY = 5_000; // ms; if another person signs in after that, the token that is sent along tells

/** The person is not signed in any more, or is another one now: nothing can be sent in their name. */
class SignedOut extends Error {}

/**
 * Sends what waits for the person who is signed in, `only` these client ids if given. Never raises; resolves to
 * `{why, detail, retryAfter}` with `why` null when all went, else signed_out, switched (somebody else is here now),
 * offline, failing or storage. `failures` is how often in a row it went wrong before: batches become smaller, so that
 * one record cannot hold up the others.
 */
export async function sendRound(session, { only = null, failures = 0 } = {}) {
  if (session.signedIn !== true || Math.abs(Date.now() - session.heardAt) > HEARD_LATELY) await session.refresh();
  const round = { session, user: session.person?.id, size: Math.max(1, Math.floor(BATCH / 2 ** failures)), trouble: null };
  if (session.signedIn !== true) {
    note(round, session.trouble);
    return sayTrouble(round.trouble);
  }
  try {
    const waiting = (await recordsOf(round)).filter((one) => one.state === "waiting" && (!only || only.includes(one.clientId)));
    for (const [survey, records] of bySurvey(waiting)) await sendSurvey(round, survey, records);
    await sendPhotos(round, only);
    await tellSeen(round);
  } catch (error) {
    note(round, error);
  }
  if (session.person?.id !== round.user && session.signedIn !== false) return sayTrouble(null, "switched");
  return sayTrouble(round.trouble);
}

function sayTrouble(trouble, why = null) {
  if (!trouble) return { why, detail: "", retryAfter: null };
  const isOut = trouble instanceof SignedOut || (trouble instanceof Problem && trouble.status === 401);
  if (isOut) return { why: "signed_out", detail: "", retryAfter: null };
  if (trouble instanceof Unreachable) return { why: "offline", detail: "", retryAfter: null };
  if (trouble instanceof StorageFull) return { why: "storage", detail: "", retryAfter: null };
  return { why: "failing", detail: trouble.detail ?? "", retryAfter: trouble.retryAfter ?? null };
}

// Keeps the first trouble; what nobody foresaw is shown to whoever looks into the console, and tried again.
function note(round, error) {
  const isKnown = [Problem, Unreachable, Unreadable, SignedOut, StorageFull, KeyMissing].some((kind) => error instanceof kind);
  if (!isKnown) console.error(error);
  round.trouble ??= error;
}

async function recordsOf(round) {
  if (round.session.person?.id !== round.user) throw new SignedOut();
  return listRecords(round.session);
}

// Oldest first; a correction never before what it corrects, even if the phone's clock was set back between them.
function bySurvey(records) {
  const surveys = new Map();
  const placed = new Set();
  const waiting = new Map(records.map((record) => [record.clientId, record]));
  const place = (record) => {
    if (placed.has(record.clientId)) return;
    placed.add(record.clientId);
    const earlier = waiting.get(record.visit.supersedes);
    if (earlier) place(earlier);
    if (!surveys.has(record.survey)) surveys.set(record.survey, []);
    surveys.get(record.survey).push(record);
  };
  records.forEach(place);
  return surveys;
}

async function sendSurvey(round, survey, records) {
  let left = records;
  while (left.length) {
    const batch = nextBatch(left, round.size);
    left = left.slice(batch.length);
    try {
      await sendBatch(round, survey, batch);
    } catch (error) {
      if (isEnd(error)) throw error;
      note(round, error);
      if (batch.length > 1) return; // the whole survey may be at fault; the next round comes with less at once
    }
  }
}

function nextBatch(records, size) {
  let bytes = 0;
  const batch = [];
  for (const record of records.slice(0, size)) {
    bytes += JSON.stringify(record.visit).length;
    if (batch.length && bytes > BATCH_BYTES) break;
    batch.push(record);
  }
  return batch;
}

// What ends the round: there is nobody to talk to, or nobody to talk for, or the server asks for a pause.
function isEnd(error) {
  return error instanceof SignedOut || error instanceof Unreachable || (error instanceof Problem && error.retryAfter);
}

async function sendBatch(round, survey, batch) {
  const sent = await markTried(round, batch);
  if (!sent.length) return;
  let body;
  try {
    ({ body } = await post(round, `/api/v1/surveys/${survey}/visits/`, { json: { visits: sent.map((one) => one.visit) } }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (sent.length > 1) {
      // One of them is what the server does not like: each by itself, and the others go.
      for (const record of sent) await sendBatch(round, survey, [record]);
    } else {
      await applyResults(round, sent, [{ ...refusalOf(error), client_id: sent[0].clientId }]);
    }
    return;
  }
  const results = Array.isArray(body?.results) ? body.results : [];
  const named = await applyResults(round, sent, results);
  if (named < sent.length) throw new Unreadable();
}

// A no that stays a no. What a proxy or a portal on the way answers is not the server's word, except that it is too much.
function isRefusal(error) {
  if (!(error instanceof Problem) || error.status < 400 || error.status >= 500) return false;
  if (error.status === 401 || TRANSIENT.has(error.status)) return false;
  return error.isOurs || error.status === 413;
}

function refusalOf(problem) {
  const errors = problem.errors.length
    ? problem.errors.map(({ code, detail }) => ({ code: code || problem.code, detail: detail || problem.detail }))
    : [{ code: problem.status === 413 ? "too_large" : problem.code, detail: problem.detail }];
  return { status: "rejected", errors };
}

// On disk before it leaves: should the answer get lost, this phone knows that the server may have it.
async function markTried(round, batch) {
  const now = new Date().toISOString();
  const wanted = new Map(batch.map((record) => [record.clientId, record]));
  try {
    return await mark(round, batch, wanted, now);
  } catch (error) {
    // To send is what makes room again.
    if (error instanceof StorageFull) return batch;
    throw error;
  }
}

async function mark(round, batch, wanted, now) {
  const written = await edit(round.session, [...wanted.keys()], (was, clientId) => {
    // Mended, deleted or sent by another tab meanwhile: not what was to be sent.
    if (was?.state !== "waiting" || !isSame(was.visit, wanted.get(clientId).visit)) return null;
    return { records: [{ ...was, tries: (was.tries ?? 0) + 1, attemptedAt: now }] };
  });
  return batch.map((record) => written.get(record.clientId)).filter(Boolean);
}

/** Writes down what the server said of records that were sent; resolves to how many it named. */
async function applyResults(round, sent, results) {
  const answers = new Map();
  const wanted = new Map(sent.map((record) => [record.clientId.toLowerCase(), record]));
  for (const result of results) {
    const id = String(result?.client_id).toLowerCase();
    if (wanted.has(id) && !answers.has(id) && isAnswer(result)) answers.set(wanted.get(id).clientId, result);
  }
  await edit(round.session, [...answers.keys()], (was, clientId) => {
    const result = answers.get(clientId);
    if (!was || !(isOpen(was) || was.state === "removed")) return null;
    const { visit } = wanted.get(clientId.toLowerCase());
    return result.status === "rejected" ? afterRefusal(was, visit, result) : afterRecording(was, visit, result);
  });
  return answers.size;
}

function isAnswer(result) {
  if (result.status === "rejected") return Array.isArray(result.errors);
  return (result.status === "recorded" || result.status === "duplicate") && Number.isInteger(result.sequence);
}

function afterRecording(was, visit, result) {
  const recorded = {
    ...was,
    visit,
    state: "recorded",
    settledAt: new Date().toISOString(),
    attemptedAt: null,
    errors: [],
    sequence: result.sequence,
    receiptCode: result.receipt_code || null,
    others: Array.isArray(result.others) ? result.others : [],
    sent: [],
  };
  // Mended while it was on its way: the server has what was sent, and the mended content follows as its correction.
  const isMended = isOpen(was) && !isSame(was.visit, visit);
  return { records: isMended ? [recorded, correctionOf(was)] : [recorded] };
}

function afterRefusal(was, visit, result) {
  if (!isOpen(was) || !isSame(was.visit, visit)) return null; // its newer content will be judged by itself
  const errors = result.errors.map((error) => ({ code: String(error?.code ?? ""), detail: String(error?.detail ?? "") }));
  const isReused = errors.some((error) => error.code === "client_id_reused");
  const [earlier, ...others] = isReused ? (was.sent ?? []) : [];
  if (earlier) {
    // The server has an earlier content whose answer got lost: that one is settled first, and this one corrects it.
    const restored = { ...was, visit: earlier, sent: others, isRestored: true, state: "waiting", errors: [] };
    return { records: was.isRestored ? [restored] : [restored, correctionOf(was)] };
  }
  const refused = { ...was, state: "refused", attemptedAt: null, errors, sent: isReused ? (was.sent ?? []) : [] };
  return { records: [refused] };
}

// Photos stay with the first record: they are of the same paper, at the same door.
function correctionOf(was) {
  const clientId = newClientId();
  return {
    ...was,
    clientId,
    visit: { ...was.visit, client_id: clientId, supersedes: was.clientId },
    state: "waiting",
    savedAt: momentOfSaving(),
    settledAt: null,
    attemptedAt: null,
    tries: 0,
    errors: [],
    sequence: null,
    receiptCode: null,
    others: [],
    photos: [],
    handed: null,
    sent: [],
    isRestored: false,
  };
}

async function sendPhotos(round, only) {
  for (const record of await recordsOf(round)) {
    if (!isAtServer(record) || (only && !only.includes(record.clientId))) continue;
    for (const photo of record.photos) {
      if (photo.state !== "waiting") continue;
      try {
        await sendPhoto(round, record, photo);
      } catch (error) {
        if (isEnd(error)) throw error;
        note(round, error);
      }
    }
  }
}

async function sendPhoto(round, record, photo) {
  const blob = await readPhoto(round.session, photo.id);
  let [state, detail] = ["sent", ""];
  if (!blob) {
    [state, detail] = ["refused", "missing"]; // the browser has lost it
  } else {
    const form = new FormData();
    form.append("client_id", record.clientId);
    form.append("file", blob, `${photo.id}.${blob.type.split("/")[1] || "jpeg"}`);
    const timeout = 30_000 + blob.size / 8;
    try {
      await post(round, `/api/v1/surveys/${record.survey}/photos/`, { form, timeout });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      [state, detail] = ["refused", error.errors[0]?.detail || error.detail || error.code];
    }
  }
  await edit(round.session, [record.clientId], (was) => {
    if (!was?.photos.some((one) => one.id === photo.id)) return null;
    const photos = was.photos.map((one) => (one.id === photo.id ? { ...one, state, detail } : one));
    return { records: [{ ...was, photos }], dropPhotos: state === "sent" ? [photo.id] : [] };
  });
}

/**
 * Asks in the name of the person of the round. Where the session's token is refused, the sign-in may have changed:
 * the server is asked once more who is signed in, and only the same person goes on.
 */
async function post(round, url, options) {
  const { session, user } = round;
  const send = () => ask(url, { ...options, csrf: session.csrf, language: session.language });
  if (session.person?.id !== user) throw new SignedOut();
  try {
    return await send();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      session.signedIn = false;
      throw new SignedOut();
    }
    if (!(error instanceof Problem) || !error.isCsrf) throw error;
  }
  await session.refresh();
  if (session.signedIn !== true) throw session.signedIn === false ? new SignedOut() : session.trouble;
  if (session.person?.id !== user) throw new SignedOut();
  try {
    return await send();
  } catch (error) {
    const isOut = error instanceof Problem && (error.isCsrf || error.status === 401);
    throw isOut ? new SignedOut() : error;
  }
}

// For the community's board: what is stuck on phones.
async function tellSeen(round) {
  const { session } = round;
  const [counts, packs] = [await countRecords(session), await keptPacks(session)];
  const surveys = new Set([...Object.keys(counts.bySurvey), ...packs.map((pack) => String(pack.survey))]);
  const queues = [...surveys].map((survey) => {
    const { waiting = 0, refused = 0, photos = 0, oldestAt = null } = counts.bySurvey[survey] ?? {};
    return { survey: Number(survey), waiting, refused, photos, oldest_at: oldestAt };
  });
  const said = JSON.stringify([round.user, queues]);
  const before = session.seen;
  if (!session.phone || (before?.said === said && Date.now() - before.at < SEEN_AGAIN)) return;
  const name = `seen:${round.user}`;
  const isKnown = Boolean(await session.store.setting(name)); // the board has a row of this phone
  if (!queues.length && !isKnown) return;
  const keep = (value) => session.store.change(["settings"], (tx) => tx.put("settings", { name, user: round.user, value }));
  try {
    if (queues.length && !isKnown) await keep(true);
    await post(round, "/field/seen/", { json: { phone: session.phone, queues } });
    session.seen = { said, at: Date.now() };
    if (!queues.length) await keep(false);
  } catch (error) {
    if (error instanceof SignedOut) throw error;
    // Only a courtesy: everything has been sent, and the next round tells it again.
  }
}

function codesOf(record) {
  const codes = record.errors.map((error) => error.code).filter((code) => /^[a-z_]{1,40}$/.test(code));
  return codes.length ? [...new Set(codes)].slice(0, 20) : ["refused"];
}

/** Hands a refused record to community staff, and resolves to it. Raises what `ask` raises. */
export async function handOver(session, record) {
  const round = { session, user: record.user };
  if (!session.csrf) await session.refresh();
  if (session.signedIn === false) throw new Problem(401, null, null);
  let body;
  try {
    ({ body } = await post(round, `/field/surveys/${record.survey}/handed/`, {
      json: { visit: record.visit, errors: codesOf(record) },
    }));
  } catch (error) {
    throw error instanceof SignedOut ? new Problem(401, null, null) : error;
  }
  if (String(body?.client_id).toLowerCase() !== record.clientId.toLowerCase()) throw new Unreadable();
  const handed = { status: body.status ?? "waiting", reason: null };
  const written = await edit(session, [record.clientId], (was) => {
    if (!was || !isOpen(was)) return null;
    const it = { ...was, visit: record.visit, state: "handed", settledAt: new Date().toISOString(), handed };
    // Mended in another tab meanwhile: what was handed over stands, and the mended content follows as its correction.
    return { records: isSame(was.visit, record.visit) ? [it] : [it, correctionOf(was)] };
  });
  return written.get(record.clientId) ?? record;
}

// Sheets that were begun. Written at each tap, so several taps become one write, and the last one wins.

import { announce } from "./changes.js";
import { KeyMissing } from "./store.js";

const PAUSE = 200; // ms

const timers = new WeakMap(); // by session
const sealedBlobs = new WeakMap(); // a photo is sealed once, not at each tap

const keyOf = (survey, household) => `${Number(survey)}/${Number(household)}`;

/**
 * The draft of a door, or else `fresh`, kept as the door's draft from now on: two tabs that open the door at once get
 * the same one, and so the same client id. A sheet that nobody has touched is not listed.
 */
export async function openDraft(session, survey, household, fresh) {
  const there = await readDraft(session, survey, household);
  if (there) return there;
  const row = { ...(await rowOf(session, survey, household, fresh)), isUntouched: true };
  const isFirst = await session.store.change(["drafts"], async (tx) => {
    const found = await tx.get("drafts", [row.user, row.survey, row.household]);
    if (found && session.opens(found)) return false;
    await tx.put("drafts", row);
    return true;
  });
  return isFirst ? fresh : ((await readDraft(session, survey, household)) ?? fresh);
}

/** Keeps a draft. It is written within a moment; `flushDrafts` writes it now. A Blob as its `photo` is kept, too. */
export function keepDraft(session, survey, household, draft) {
  session.drafts.set(keyOf(survey, household), { survey, household, draft });
  if (!timers.has(session)) timers.set(session, setTimeout(() => flushDrafts(session).catch(() => {}), PAUSE));
}

/** Writes the drafts that are not on disk yet. Raises StorageFull; they stay in memory then. */
export async function flushDrafts(session) {
  clearTimeout(timers.get(session));
  timers.delete(session);
  const waiting = [...session.drafts];
  if (!waiting.length || !session.person) return;
  const user = session.person.id;
  const rows = await Promise.all(waiting.map(([, one]) => rowOf(session, one.survey, one.household, one.draft)));
  if (session.person?.id !== user) return;
  await session.store.change(["drafts"], async (tx) => {
    // Dropped or replaced while it was being sealed: not to be brought back.
    for (const [place, [key, one]] of waiting.entries()) {
      if (session.drafts.get(key) === one) await tx.put("drafts", rows[place]);
    }
  });
  for (const [key, one] of waiting) {
    if (session.drafts.get(key) === one) session.drafts.delete(key);
    announce({ kind: "drafts", survey: Number(one.survey), household: Number(one.household) });
  }
}

/** The draft of a door, or null. */
export async function readDraft(session, survey, household) {
  const waiting = session.drafts.get(keyOf(survey, household));
  if (waiting) return waiting.draft;
  if (!session.person) return null;
  const key = [session.person.id, Number(survey), Number(household)];
  const row = await session.store.read(["drafts"], (tx) => tx.get("drafts", key));
  return row ? draftOf(session, row) : null;
}

/** Drops the draft of a door: it was saved, or given up. */
export async function dropDraft(session, survey, household) {
  session.drafts.delete(keyOf(survey, household));
  if (!session.person) return;
  const key = [session.person.id, Number(survey), Number(household)];
  await session.store.change(["drafts"], (tx) => tx.delete("drafts", key));
  announce({ kind: "drafts", survey: Number(survey), household: Number(household) });
}

/** The drafts of the person here that somebody has touched, latest first: `[{survey, household, savedAt, draft}]`. */
export async function listDrafts(session, { survey = null } = {}) {
  if (!session.person) return [];
  await flushDrafts(session).catch(() => {}); // a full disk is said where the sheet is
  const rows = await session.store.read(["drafts"], (tx) => tx.all("drafts", session.person.id));
  const wanted = rows.filter((row) => !row.isUntouched && (survey === null || row.survey === Number(survey)));
  const listed = await Promise.all(
    wanted.map(async (row) => {
      const draft = await draftOf(session, row);
      return draft && { survey: row.survey, household: row.household, savedAt: row.savedAt, draft };
    }),
  );
  return listed.filter(Boolean).sort((one, other) => (one.savedAt < other.savedAt ? 1 : -1));
}

async function rowOf(session, survey, household, draft) {
  const { photo, ...rest } = draft;
  const row = {
    user: session.person.id,
    survey: Number(survey),
    household: Number(household),
    savedAt: new Date().toISOString(),
    sealed: await session.seal(photo instanceof Blob ? rest : draft),
  };
  if (photo instanceof Blob) {
    if (!sealedBlobs.has(photo)) sealedBlobs.set(photo, await session.seal(photo));
    row.photo = sealedBlobs.get(photo);
  }
  return row;
}

async function draftOf(session, row) {
  try {
    const draft = await session.unseal(row.sealed);
    if (!row.photo) return draft;
    const photo = await session.unseal(row.photo);
    sealedBlobs.set(photo, row.photo);
    return { ...draft, photo };
  } catch (error) {
    if (error instanceof KeyMissing) return null;
    throw error;
  }
}

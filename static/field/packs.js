// The doors of a survey, as the server last told them: in memory while the page is open, and sealed on the phone where
// they were taken along.

import { announce } from "./changes.js";
import { ask, Problem } from "./net.js";
import { KeyMissing } from "./store.js";

const KEPT = 72 * 3_600_000; // ms
const DAY = 24 * 3_600_000;
const TIMEOUT = 60_000; // ms; a pack is the largest thing that is fetched

const problems = new Map(); // by survey: why the server gave no pack

/** Why the last question for a pack got a no (a Problem with `status`, `code`, `detail`), or null. */
export function packProblem(survey) {
  return problems.get(Number(survey)) ?? null;
}

/**
 * The pack of a survey, or null where there is none to be had: the one at hand at once, else from the network into
 * memory. `refresh` asks the network first.
 */
export async function openPack(session, survey, { refresh = false } = {}) {
  if (refresh) {
    const fresh = await refreshPack(session, survey);
    if (fresh) return fresh;
  }
  const known = await packAtHand(session, Number(survey));
  if (known) return known.pack;
  return refresh ? null : refreshPack(session, survey);
}

/**
 * Asks for a newer pack and resolves to the pack as it is now, or null. Where it was taken along it stays kept. Without
 * an answer the old one stays; what this person may no longer see goes.
 */
export async function refreshPack(session, survey) {
  if (!session.person) return null;
  const id = Number(survey);
  const known = await packAtHand(session, id);
  try {
    return await fetchPack(session, id, known, { buildings: known?.buildings ?? [], isKept: Boolean(known?.takenAt) });
  } catch (error) {
    if (!(error instanceof Problem)) return known?.pack ?? null;
    return refused(session, id, error, known);
  }
}

/**
 * Fetches the doors of the buildings chosen (none: all that this person sees) and keeps them for 72 hours; asks the
 * browser not to clear them away. Raises Problem, Unreachable, Unreadable or StorageFull.
 */
export async function takeOffline(session, survey, buildings = []) {
  globalThis.navigator?.storage?.persist?.().catch(() => {});
  const id = Number(survey);
  const wanted = buildings.map(Number).sort((one, other) => one - other);
  const known = await packAtHand(session, id);
  const isSame = known && String(known.buildings) === String(wanted);
  return fetchPack(session, id, isSame ? known : null, { buildings: wanted, isKept: true, isTaken: true });
}

/** What was taken along: `[{survey, takenAt, expiresAt, buildings, mark}]`. */
export async function keptPacks(session) {
  if (!session.person) return [];
  const rows = await session.store.read(["packs"], (tx) => tx.all("packs", session.person.id));
  return rows
    .filter((row) => isFresh(row) && session.opens(row))
    .map(({ survey, takenAt, buildings, mark }) => {
      return { survey, takenAt, expiresAt: new Date(Date.parse(takenAt) + KEPT).toISOString(), buildings, mark };
    });
}

/** Lets go of a pack. */
export async function dropPack(session, survey) {
  const id = Number(survey);
  session.packs.delete(id);
  if (!session.person) return;
  await session.store.change(["packs"], (tx) => tx.delete("packs", [session.person.id, id]));
  announce({ kind: "packs", survey: id });
}

/** Whether a pack may still be opened. One from later than tomorrow was taken while the clock was wrong. */
export function isFresh(row, now = Date.now()) {
  const age = now - Date.parse(row.takenAt);
  return age < KEPT && age > -DAY;
}

// {pack, mark, buildings, takenAt}: takenAt is null for one in memory only. Another tab may have written a newer one.
async function packAtHand(session, survey) {
  const here = session.packs.get(survey);
  if (!session.person) return null;
  const row = await session.store.read(["packs"], (tx) => tx.get("packs", [session.person.id, survey]));
  if (!row || !isFresh(row)) return here && !here.takenAt ? here : null;
  if (here?.takenAt === row.takenAt) return here;
  try {
    const kept = { pack: await session.unseal(row.sealed), mark: row.mark, buildings: row.buildings, takenAt: row.takenAt };
    session.packs.set(survey, kept);
    return kept;
  } catch (error) {
    if (error instanceof KeyMissing) return null;
    throw error;
  }
}

async function fetchPack(session, survey, known, { buildings, isKept, isTaken = false }) {
  const user = session.person.id;
  const query = new URLSearchParams(session.phone ? { phone: session.phone } : {});
  if (buildings.length) query.set("buildings", buildings.join());
  if (known?.mark) query.set("known", known.mark);
  if (isTaken && session.phone) query.set("take", "1");
  const { status, body } = await ask(`/field/surveys/${survey}/pack/?${query}`, {
    language: session.language,
    timeout: TIMEOUT,
  });
  problems.delete(survey);
  if (status !== 204 && body?.user !== user) {
    // The doors of somebody who has signed in on another page of this browser: not this person's to see or keep.
    await session.refresh();
    return session.person?.id === user ? (known?.pack ?? null) : null;
  }
  const pack = status === 204 ? known?.pack : body;
  // Somebody else has signed in meanwhile, or the answer is none: nothing of it is shown or kept.
  if (session.person?.id !== user || !Array.isArray(pack?.doors)) return known?.pack ?? null;
  const takenAt = isKept ? new Date().toISOString() : null;
  const now = { pack, mark: pack.mark, buildings, takenAt };
  if (isKept) {
    const row = { user, survey, takenAt, buildings, mark: pack.mark, sealed: await session.seal(pack) };
    if (session.person?.id !== user) return null;
    const isWritten = await session.store.change(["packs"], async (tx) => {
      // Taken along anew, perhaps with more buildings, or let go while this was on its way: that stands.
      const was = isTaken ? null : await tx.get("packs", [user, survey]);
      if (!isTaken && was?.takenAt !== known?.takenAt) return false;
      await tx.put("packs", row);
      return true;
    });
    if (!isWritten) return (await packAtHand(session, survey))?.pack ?? null;
  }
  session.packs.set(survey, now);
  if (status !== 204 || isTaken) announce({ kind: "packs", survey });
  return pack;
}

async function refused(session, survey, problem, known) {
  problems.set(survey, problem);
  if (problem.isOurs && (problem.status === 403 || problem.status === 404)) {
    await dropPack(session, survey);
    return null;
  }
  return known?.pack ?? null;
}

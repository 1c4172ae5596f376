// What needs the person, said on the start and above the queue.

import { withRecords } from "../doors.js";
import { moment } from "../figures.js";
import { keptPacks, openPack } from "../packs.js";
import { countRecords, listDrafts, listRecords } from "../queue.js";
import { syncState } from "../sync.js";
import { queryOf } from "./opening.js";

const SIGN_IN = "/accounts/login/?next=/field/";
const AHEAD = 4 * 60; // seconds; the server refuses visits from five minutes on

/** Each need as {says, ways: [{href, words}], sign}; none when all is well. */
export async function needsOf(context, { isQueue = false } = {}) {
  const { session, text } = context;
  const counts = await countRecords(session);
  const now = syncState();
  const needs = [];

  if (session.person && (session.signedIn === false || now.why === "signed_out")) {
    needs.push({ sign: "lock", says: text("home.signed_out"), ways: [{ href: SIGN_IN, words: text("home.sign_in") }] });
  }
  if (session.isKept === false) needs.push({ says: `${text("home.storage")} ${text("home.storage.says")}` });
  if (session.isKept && !session.hasWorker) needs.push({ sign: "offline", says: text("home.alone") });
  if (now.why === "storage" && session.isKept !== false) needs.push({ says: text("home.disk_full") });
  const ways = isQueue ? [] : [{ href: "/field/waiting/", words: text("home.see") }];
  if (counts.refused) needs.push({ says: text("home.refused", { n: counts.refused }), ways });
  const photos = await refusedPhotos(session);
  if (photos) needs.push({ sign: "camera", says: text("home.refused_photos", { n: photos }), ways });
  if (now.why === "failing") needs.push({ says: text("home.failing") });
  if (session.clockAhead > AHEAD) {
    needs.push({ sign: "no_answer", says: text("home.clock", { n: Math.round(session.clockAhead / 60) }) });
  }
  needs.push(...(await sharedDoors(context)), ...(await begunSheets(context)));
  for (const other of await session.othersWaiting()) {
    const name = other.name || text("home.others_unnamed");
    needs.push({ sign: "people", says: text("home.others", { n: other.count, name }) });
  }
  return needs;
}

async function refusedPhotos(session) {
  const records = await listRecords(session);
  return records.flatMap((record) => record.photos ?? []).filter((photo) => photo.state === "refused").length;
}

// Doors that two people logged in this round, as far as this phone knows.
async function sharedDoors({ session, text }) {
  const ways = [];
  for (const { survey } of await keptPacks(session)) {
    const pack = await openPack(session, survey);
    if (!pack) continue;
    const records = await listRecords(session, { survey });
    const doors = withRecords(pack, records, session.person.id).filter((door) => door.isShared);
    for (const door of doors) {
      ways.push({ href: `/field/surveys/${survey}/doors/${door.household}/`, words: nameOf(door, pack, text) });
    }
  }
  return ways.length ? [{ sign: "people", says: text("home.shared", { n: ways.length }), ways }] : [];
}

async function begunSheets({ session, text }) {
  const drafts = await listDrafts(session);
  if (!drafts.length) return [];
  const ways = [];
  for (const { survey, household, savedAt, draft } of drafts) {
    const words = draft.door ? text("door.name", draft.door) : text("home.draft_of", { at: moment(savedAt) });
    ways.push({ href: `/field/surveys/${survey}/doors/${household}/${queryOf(draft.about)}`, words });
  }
  return [{ sign: "verbal", says: text("home.drafts", { n: drafts.length }), ways }];
}

function nameOf(door, pack, text) {
  const building = pack.buildings.find((one) => one.id === door.building)?.number ?? "";
  return text("door.name", { building, stairwell: door.stairwell, unit: door.unit });
}

/** Fills the list on a view with the needs; it is hidden when there are none. */
export function fillNeeds(list, needs, { template, icon }) {
  if (!needs.length) list.remove();
  for (const need of needs) {
    const made = template("home-need");
    made.querySelector(".need-sign").append(icon(need.sign ?? "attention"));
    made.querySelector(".need-says > span").textContent = need.says;
    for (const { href, words } of need.ways ?? []) {
      made.querySelector(".need-says").append(Object.assign(document.createElement("a"), { href, textContent: words }));
    }
    list.append(made);
  }
}

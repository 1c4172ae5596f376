// When what waits is sent: at once when something is saved, the network returns or the page comes to the front, else
// after growing pauses; and what the head of the page says of it.

import { changes } from "./changes.js";
import { Unreachable } from "./net.js";
import { countRecords, edit, getRecord, noteHanded } from "./queue.js";
import { handOver, sendRound } from "./send.js";

const FIRST_PAUSE = 5_000; // ms
const LONGEST_PAUSE = 300_000;
const BUSY_PAUSE = 5_000;
const BUSY_LONG = 120_000; // another tab that holds the lock for longer is asleep: sending twice is safe
const LOCK = "gongdi-send";

/** Fires "change" whenever `syncState()` may say something else. */
export const syncChanges = new EventTarget();

let session = null;
let counts = null;
let isUncounted = true;
let running = null;
let isAgain = false;
let timer = null;
let nextTryAt = null;
let notBefore = 0; // the server asked for a pause
let failures = 0;
let busySince = null;
let last = { why: null, detail: "" };
let isListening = false;

/** Sends what waits from now on, and whenever something is saved. Called again, it goes on with another session. */
export function startSync(next) {
  session = next;
  listen();
  // What the server said while the session began, before anybody listened. A full disk: the next hello says it again.
  noteHanded(session).catch(() => {});
  recount().then(() => hasWork() && go());
}

/** Sends now; resolves to `syncState()` once everything was tried. */
export async function syncNow() {
  notBefore = 0;
  await go();
  return syncState();
}

/** Lets one record go (again), refused ones and their photos included, and resolves to it. */
export async function sendOne(clientId) {
  await edit(session, [clientId], (was) => {
    if (!was) return null;
    const photos = was.photos.map((photo) => (photo.state === "refused" ? { ...photo, state: "waiting", detail: "" } : photo));
    const isRefused = was.state === "refused";
    return { records: [{ ...was, photos, ...(isRefused ? { state: "waiting", errors: [] } : {}) }] };
  });
  notBefore = 0;
  await go([clientId]);
  return getRecord(session, clientId);
}

/** Hands a refused record to community staff, who enter it out of round. Raises Problem, Unreachable or Unreadable. */
export async function hand(clientId) {
  const record = await getRecord(session, clientId);
  if (record?.state !== "refused") return record;
  return handOver(session, record);
}

/** What the head of the page says. `pending` are records that wait, `photos` photos that do; see sync_line.js. */
export function syncState() {
  const { waiting: pending = 0, refused = 0, photos = 0 } = counts ?? {};
  const isOffline = globalThis.navigator?.onLine === false || session?.trouble instanceof Unreachable;
  const said = { pending, refused, photos, detail: last.detail, nextTryAt: hasWork() ? nextTryAt : null };
  const attention = (why) => ({ ...said, state: "attention", why });
  if (session?.signedIn === false || last.why === "signed_out") return attention("signed_out");
  if (refused) return attention("refused");
  if (pending + photos && session && !session.isKept) return attention("storage");
  if (isOffline) return { ...said, state: "offline", why: null };
  if (hasWork() && (last.why === "failing" || last.why === "storage")) return attention(last.why);
  // Nobody has counted yet: not to be taken for a good end.
  return { ...said, state: hasWork() || isUncounted ? "pending" : "synced", why: null };
}

function hasWork() {
  return Boolean(counts && counts.waiting + counts.photosDue);
}

// One round at a time in this tab; whoever asks meanwhile waits for one more.
function go(only = null) {
  if (running) {
    isAgain = true;
    return running;
  }
  running = work(only).finally(() => (running = null));
  return running;
}

async function work(only) {
  let wanted = only;
  do {
    isAgain = false;
    clearTimeout(timer);
    nextTryAt = null;
    try {
      await underLock(wanted);
      await recount();
    } catch (error) {
      console.error(error);
      last = { why: "failing", detail: "", retryAfter: null };
      failures += 1;
    }
    wanted = null;
  } while ((isAgain && last.why === null) || last.why === "switched");
  plan();
  syncChanges.dispatchEvent(new Event("change"));
}

async function underLock(only) {
  const { locks } = globalThis.navigator ?? {};
  const isStuck = busySince !== null && Date.now() - busySince > BUSY_LONG;
  if (!locks || isStuck) return send(only);
  return locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock) return send(only);
    busySince ??= Date.now();
    last = { why: "busy", detail: "", retryAfter: null };
  });
}

async function send(only) {
  busySince = null;
  const sender = session;
  last = await sendRound(sender, { only, failures });
  failures = ["offline", "failing", "storage"].includes(last.why) ? failures + 1 : 0;
  if (last.retryAfter) notBefore = Date.now() + last.retryAfter * 1000;
}

// The next try: soon after the first failure, then twice as late each time, and not all phones of a street at once.
function plan() {
  clearTimeout(timer);
  nextTryAt = null;
  if (!hasWork()) return;
  // All that was tried went: what is left was not among it, or came of an answer (see afterRefusal in send.js).
  if (last.why === null) return tryIn(FIRST_PAUSE);
  const doubled = FIRST_PAUSE * 2 ** Math.max(0, failures - 1);
  const pause = last.why === "signed_out" ? LONGEST_PAUSE : last.why === "busy" ? BUSY_PAUSE : doubled;
  const late = Math.min(LONGEST_PAUSE, pause) * (0.8 + 0.4 * Math.random());
  tryIn(Math.max(late, notBefore - Date.now()));
  askForBackground();
}

function tryIn(wait) {
  clearTimeout(timer);
  nextTryAt = new Date(Date.now() + wait).toISOString();
  timer = setTimeout(go, wait, null);
  timer.unref?.();
}

// The browser sends when the network is back, even with no page open, where it can.
function askForBackground() {
  globalThis.navigator?.serviceWorker?.ready?.then((found) => found.sync?.register(LOCK)).catch(() => {});
}

async function recount() {
  isUncounted = true;
  counts = session ? await countRecords(session) : null;
  isUncounted = counts === null;
  syncChanges.dispatchEvent(new Event("change"));
}

function soon() {
  if (Date.now() >= notBefore) go();
}

function listen() {
  if (isListening) return;
  isListening = true;
  changes.addEventListener("change", async (event) => {
    const { kind } = event.detail;
    if (!["records", "saved", "removed", "person"].includes(kind)) return;
    if (kind === "saved") {
      isUncounted = true; // nobody who has just saved reads that everything is sent
      syncChanges.dispatchEvent(new Event("change"));
    }
    await recount();
    if (kind === "removed" && event.isOwn) return soon(); // the community's board hears of it
    if (!hasWork()) return;
    if (event.isOwn && kind !== "records") soon();
    // Whoever saved it sends it. Should that tab be gone by then, this one does.
    else if (!event.isOwn && !running && nextTryAt === null) tryIn(FIRST_PAUSE);
  });
  changes.addEventListener("heard", async () => {
    syncChanges.dispatchEvent(new Event("change"));
    if (session.signedIn === true && !running && hasWork() && last.why !== null) soon();
    await noteHanded(session);
  });
  if (typeof document === "undefined") return; // the worker is woken up for one round
  const wake = async () => {
    syncChanges.dispatchEvent(new Event("change"));
    await recount();
    if (hasWork() || last.why !== null) soon();
  };
  globalThis.addEventListener("online", wake);
  globalThis.addEventListener("offline", () => syncChanges.dispatchEvent(new Event("change")));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
}

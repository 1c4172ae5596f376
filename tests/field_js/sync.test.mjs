import assert from "node:assert/strict";
import { test } from "node:test";

import { Disk, html, makeServer, makeSession, makeVisit, PEOPLE, problem, saving } from "./world.mjs";

const { exportRecords, getRecord, importRecords, listRecords, removeRecord, saveVisit } = await import("../../static/field/queue.js");
const { MemoryStore } = await import("../../static/field/store.js");

let tabs = 0;

/** A tab of its own: a phone's modules, as far as they remember something. */
async function openTab(session) {
  tabs += 1;
  const sync = await import(`../../static/field/sync.js?tab=${tabs}`);
  sync.startSync(session);
  return sync;
}

async function setUp({ waiting = 0, navigator = { onLine: true }, store = new Disk() } = {}) {
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true, writable: true });
  const server = makeServer();
  const session = await makeSession(store);
  for (let count = 0; count < waiting; count += 1) await saveVisit(session, saving(makeVisit()));
  return { server, session };
}

async function until(holds) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`never: ${holds}`);
}

/** A lock manager as browsers have it, as far as it is used. */
function makeLocks() {
  const held = new Set();
  return {
    async request(name, _options, work) {
      if (held.has(name)) return work(null);
      held.add(name);
      try {
        return await work({ name });
      } finally {
        held.delete(name);
      }
    },
  };
}

const secondsUntil = (iso) => (Date.parse(iso) - Date.now()) / 1000;

test("what waits when the page opens is sent at once", async () => {
  const { server, session } = await setUp({ waiting: 2 });
  const { syncState } = await openTab(session);

  await until(() => syncState().state === "synced");
  assert.equal(server.visits.size, 2);
});

test("a visit is sent as soon as it is saved, also while others are on their way", async () => {
  const { server, session } = await setUp();
  const { syncState } = await openTab(session);
  server.faults = [async () => {
    await saveVisit(session, saving(makeVisit()));
    return null;
  }];
  await saveVisit(session, saving(makeVisit()));

  await until(() => server.visits.size === 2 && syncState().state === "synced");
  assert.equal(server.batches.length, 2);
});

test("nothing to do, nothing asked", async () => {
  const { server, session } = await setUp();
  const { syncState } = await openTab(session);
  await new Promise((resolve) => setTimeout(resolve, 30));

  assert.deepEqual([syncState().state, syncState().pending, server.hellos], ["synced", 0, 1]);
});

test("after a failure it says so and tries again later, each time after a longer pause", async () => {
  const { server, session } = await setUp({ waiting: 1 });
  server.faults = Array.from({ length: 20 }, () => html(500));
  const { syncNow } = await openTab(session);
  const pauses = [];
  for (let tries = 0; tries < 9; tries += 1) {
    const state = await syncNow();
    assert.deepEqual([state.state, state.why, state.pending], ["attention", "failing", 1]);
    pauses.push(secondsUntil(state.nextTryAt));
  }

  for (const [tries, pause] of pauses.entries()) {
    const middle = Math.min(300, 5 * 2 ** tries);
    assert.ok(pause > middle * 0.79 && pause < middle * 1.21, `${tries}: ${pause}`);
  }
  server.faults = [];
  assert.equal((await syncNow()).state, "synced");
});

test("a pause that the server asks for is kept, except by somebody who presses the button", async () => {
  const { server, session } = await setUp({ waiting: 1 });
  server.faults = [() => problem(429, "throttled", "wait", { "Retry-After": "60" })];
  const { syncNow, syncState } = await openTab(session);
  await until(() => syncState().nextTryAt);

  assert.ok(secondsUntil(syncState().nextTryAt) > 58);
  await saveVisit(session, saving(makeVisit()));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(server.visits.size, 0);
  assert.equal((await syncNow()).state, "synced");
  assert.equal(server.visits.size, 2);
});

test("without a network it is offline, with the number that waits", async () => {
  const { server, session } = await setUp();
  const { syncNow, syncState } = await openTab(session);
  server.isUnreachable = true;
  session.heardAt = 0;
  await saveVisit(session, saving(makeVisit()));
  await until(() => syncState().state === "offline");

  assert.equal(syncState().pending, 1);
  assert.ok(secondsUntil(syncState().nextTryAt) < 7);
  server.isUnreachable = false;
  assert.deepEqual([(await syncNow()).state, server.visits.size], ["synced", 1]);
});

test("a browser that knows of no network says offline, even with nothing to send", async () => {
  const { session } = await setUp({ navigator: { onLine: false } });
  const { syncState } = await openTab(session);

  assert.equal(syncState().state, "offline");
});

test("a session that is over needs attention, and keeps what waits", async () => {
  const { server, session } = await setUp({ waiting: 2 });
  server.isSessionOver = true;
  session.heardAt = 0;
  const { syncNow } = await openTab(session);
  const state = await syncNow();

  assert.deepEqual([state.state, state.why, state.pending], ["attention", "signed_out", 2]);
  server.signIn(PEOPLE.chen);
  assert.equal((await syncNow()).state, "synced");
});

test("refused visits need attention until they are sent again or deleted", async () => {
  const { server, session } = await setUp();
  const [visit, other] = [makeVisit(), makeVisit()];
  server.refuses = () => ["wrong_round"];
  const { sendOne, syncNow, syncState } = await openTab(session);
  await saveVisit(session, saving(visit));
  await saveVisit(session, saving(other));
  await syncNow();

  assert.deepEqual([syncState().state, syncState().why, syncState().refused], ["attention", "refused", 2]);
  server.refuses = () => [];
  const record = await sendOne(visit.client_id);
  assert.deepEqual([record.state, record.errors], ["recorded", []]);
  assert.equal((await getRecord(session, other.client_id)).state, "refused");
  assert.equal(server.queues.at(-1)[0].refused, 1);
  await removeRecord(session, other.client_id);
  await until(() => syncState().state === "synced");
  await until(() => server.queues.at(-1)[0].refused === 0);
});

test("one record is sent alone, a refused photo again with it", async () => {
  const { server, session } = await setUp();
  const visit = makeVisit();
  const { sendOne, syncNow } = await openTab(session);
  server.faults = [null, () => problem(400, "photo_refused", "no photo")];
  await saveVisit(session, saving(visit, { photo: new Blob(["x"], { type: "image/png" }) }));
  await syncNow();
  assert.equal(server.photos.length, 0);

  assert.equal((await sendOne(visit.client_id)).photos[0].state, "sent");
  assert.equal(server.photos.length, 1);
  assert.equal(server.batches.length, 1);
});

test("while one record is sent alone, the others keep their turn", async () => {
  const { server, session } = await setUp();
  const { sendOne, syncNow, syncState } = await openTab(session);
  server.faults = [html(502), html(502), html(502)];
  for (const visit of [makeVisit(), makeVisit()]) await saveVisit(session, saving(visit));
  await until(() => syncState().pending === 2 && syncState().why === "failing");
  server.faults = [];

  const [first] = await listRecords(session);
  await sendOne(first.clientId);

  const { pending, nextTryAt } = syncState();
  assert.equal(pending, 1);
  assert.ok(secondsUntil(nextTryAt) < 6);
  await syncNow();
});

test("what comes of an answer has its turn, too: an earlier content that got lost, and its correction", async () => {
  const { server, session } = await setUp();
  const visit = makeVisit();
  server.faults = [async (take) => (await take(), new Response("{", { status: 200 }))];
  const { syncNow, syncState } = await openTab(session);
  await saveVisit(session, saving(visit));
  await until(() => syncState().why === "failing");
  await saveVisit(session, saving({ ...visit, outcome: "supports" })); // sent by itself, and refused as reused

  await until(() => server.asked.filter((one) => one.endsWith("/visits/")).length === 2 && syncState().pending === 2);
  await until(() => syncState().nextTryAt !== null);
  assert.ok(secondsUntil(syncState().nextTryAt) < 6);
  await syncNow();
  assert.deepEqual([...server.visits.values()].map((one) => one.visit.outcome), ["no_answer", "supports"]);
  assert.equal(syncState().state, "synced");
});

test("a refused visit that is handed over needs no attention any more", async () => {
  const { server, session } = await setUp();
  const visit = makeVisit();
  server.refuses = () => ["wrong_round"];
  const { hand, syncNow, syncState } = await openTab(session);
  await saveVisit(session, saving(visit));
  await syncNow();
  const record = await hand(visit.client_id);

  assert.equal(record.state, "handed");
  await until(() => syncState().state === "synced");
  server.handed[0].status = "entered";
  await session.refresh();
  await until(async () => (await getRecord(session, visit.client_id)).handed.status === "entered");
});

test("the photo of a handed visit goes once it was entered", async () => {
  const { server, session } = await setUp();
  const visit = makeVisit();
  server.refuses = () => ["wrong_round"];
  const { hand, syncNow, syncState } = await openTab(session);
  await saveVisit(session, saving(visit, { photo: new Blob(["x"], { type: "image/png" }) }));
  await syncNow();
  await hand(visit.client_id);
  await until(() => syncState().state === "synced");
  assert.deepEqual([syncState().photos, server.photos.length], [1, 0]);

  server.visits.set(visit.client_id, { visit, sequence: 4, receipt: "R4" });
  server.handed[0].status = "entered";
  await session.refresh();
  await until(() => server.photos.length === 1);
});

test("photos that wait are told apart from visits", async () => {
  const { server, session } = await setUp();
  server.faults = [null, html(503)];
  const { syncNow } = await openTab(session);
  await saveVisit(session, saving(makeVisit(), { photo: new Blob(["x"], { type: "image/png" }) }));
  const state = await syncNow();

  assert.deepEqual([state.state, state.pending, state.photos], ["attention", 0, 1]);
});

test("a memory says that what waits would be lost, and sends it all the same", async () => {
  const { server, session } = await setUp({ store: new MemoryStore() });
  server.isUnreachable = true;
  session.heardAt = 0;
  const { syncNow, syncState } = await openTab(session);
  await saveVisit(session, saving(makeVisit()));
  await until(() => syncState().pending === 1);

  assert.deepEqual([syncState().state, syncState().why], ["attention", "storage"]);
  server.isUnreachable = false;
  assert.equal((await syncNow()).state, "synced");
  assert.equal(server.visits.size, 1);
});

test("where another tab sends already, this one waits for it", async () => {
  const { server, session } = await setUp({ navigator: { onLine: true, locks: makeLocks() } });
  const disk = session.store;
  await saveVisit(session, saving(makeVisit()));
  const other = await makeSession(disk);
  let release;
  server.before = () => new Promise((resolve) => (release = resolve));
  const one = await openTab(session);
  await until(() => release);
  const second = await openTab(other);
  await second.syncNow();

  assert.deepEqual([second.syncState().state, second.syncState().pending], ["pending", 1]);
  assert.ok(secondsUntil(second.syncState().nextTryAt) < 7);
  server.before = null;
  release();
  await until(() => one.syncState().state === "synced");
  assert.equal(server.batches.length, 1);
});

test("when somebody else signs in meanwhile, that person's own visits are sent", async () => {
  const disk = new Disk();
  const { server, session } = await setUp({ store: disk });
  server.signIn(PEOPLE.wu);
  await saveVisit(await makeSession(disk), saving(makeVisit({ outcome: "vacant" })));
  server.signIn(PEOPLE.chen);
  await session.refresh();
  await saveVisit(session, saving(makeVisit()));
  server.before = () => {
    server.before = null;
    server.signIn(PEOPLE.wu);
  };
  const { syncState } = await openTab(session);
  await until(() => server.visits.size === 1);

  const [taken] = server.visits.values();
  assert.deepEqual([taken.by, taken.visit.outcome], [PEOPLE.wu.id, "vacant"]);
  await until(() => syncState().state === "synced");
});

test("every change is told", async () => {
  const { session } = await setUp();
  const { syncChanges, syncNow, syncState } = await openTab(session);
  const seen = [];
  syncChanges.addEventListener("change", () => seen.push(syncState().pending));
  await saveVisit(session, saving(makeVisit()));
  await syncNow();

  assert.ok(seen.includes(1));
  assert.equal(seen.at(-1), 0);
});

test("what is read from a file is sent at once", async () => {
  const { server, session } = await setUp({ waiting: 2 });
  const file = await (await exportRecords(session)).text();
  const machine = await makeSession();
  await openTab(machine);
  await importRecords(machine, file);

  await until(() => server.visits.size === 2);
});

test("what the server said before the page listened is taken over, too", async () => {
  const { server, session } = await setUp();
  const visit = makeVisit();
  server.refuses = () => ["wrong_round"];
  await saveVisit(session, saving(visit));
  const { syncNow } = await openTab(session);
  await syncNow();
  server.handed = [{ client_id: visit.client_id, status: "entered", sequence: 4, receipt_code: "R4", reason: "" }];
  const later = await makeSession(session.store);
  await openTab(later);

  await until(async () => (await getRecord(later, visit.client_id)).state === "handed");
});

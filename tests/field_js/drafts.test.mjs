import assert from "node:assert/strict";
import { test } from "node:test";

import { Disk, makeServer, makeSession } from "./world.mjs";

const { changes } = await import("../../static/field/changes.js");
const { dropDraft, flushDrafts, keepDraft, listDrafts, openDraft, readDraft } = await import("../../static/field/queue.js");

const rows = (disk) => disk.read(["drafts"], (tx) => tx.all("drafts"));

async function setUp() {
  makeServer();
  const disk = new Disk();
  return { disk, session: await makeSession(disk) };
}

test("several taps become one write, and the last one wins", async () => {
  const { disk, session } = await setUp();
  let writes = 0;
  const listen = (event) => (writes += event.detail.kind === "drafts");
  changes.addEventListener("change", listen);
  for (let tap = 1; tap <= 5; tap += 1) keepDraft(session, 17, 5, { tap });

  assert.deepEqual(await readDraft(session, 17, 5), { tap: 5 });
  assert.deepEqual(await rows(disk), []);
  await new Promise((resolve) => setTimeout(resolve, 400));
  changes.removeEventListener("change", listen);
  assert.equal(writes, 1);
  assert.deepEqual(await readDraft(await makeSession(disk), 17, 5), { tap: 5 });
});

test("flushed, a draft is there for a page that opens at once", async () => {
  const { disk, session } = await setUp();
  keepDraft(session, 17, 5, { note: "先修排水" });
  await flushDrafts(session);

  assert.deepEqual(await readDraft(await makeSession(disk), 17, 5), { note: "先修排水" });
  const [row] = await rows(disk);
  assert.equal(Buffer.from(row.sealed.data).includes(Buffer.from("先修排水")), false);
});

test("a dropped draft does not come back with a write that was under way", async () => {
  const { disk, session } = await setUp();
  keepDraft(session, 17, 5, { note: "x" });
  const writing = flushDrafts(session);
  await dropDraft(session, 17, 5);
  await writing;

  assert.deepEqual(await rows(disk), []);
  assert.equal(await readDraft(session, 17, 5), null);
});

test("a tap while a draft is written is not lost", async () => {
  const { disk, session } = await setUp();
  keepDraft(session, 17, 5, { tap: 1 });
  const writing = flushDrafts(session);
  keepDraft(session, 17, 5, { tap: 2 });
  await writing;
  await flushDrafts(session);

  assert.deepEqual(await readDraft(await makeSession(disk), 17, 5), { tap: 2 });
});

test("on a full disk the draft stays in memory, and says so when it is flushed", async () => {
  const { disk, session } = await setUp();
  disk.isFull = true;
  keepDraft(session, 17, 5, { note: "x" });

  await assert.rejects(flushDrafts(session), { name: "StorageFull" });
  assert.deepEqual(await readDraft(session, 17, 5), { note: "x" });
  disk.isFull = false;
  await flushDrafts(session);
  assert.equal((await rows(disk)).length, 1);
});

test("two tabs that open a door at once share the draft, and so the client id", async () => {
  const { disk, session } = await setUp();
  const other = await makeSession(disk);
  const opened = await Promise.all([
    openDraft(session, 17, 5, { clientId: "one" }),
    openDraft(other, 17, 5, { clientId: "other" }),
  ]);

  assert.equal(opened[0].clientId, opened[1].clientId);
  assert.deepEqual(await openDraft(other, 17, 5, { clientId: "third" }), opened[0]);
});

test("only drafts that somebody has touched are listed, the latest first", async () => {
  const { session } = await setUp();
  await openDraft(session, 17, 5, { clientId: "one" });
  await openDraft(session, 17, 6, { clientId: "two" });
  keepDraft(session, 17, 6, { clientId: "two", note: "x" });
  await flushDrafts(session);
  await new Promise((resolve) => setTimeout(resolve, 2));
  keepDraft(session, 18, 7, { clientId: "three" });

  assert.deepEqual((await listDrafts(session)).map((one) => [one.survey, one.household]), [[18, 7], [17, 6]]);
  assert.deepEqual((await listDrafts(session, { survey: 17 })).map((one) => one.draft.note), ["x"]);
});

test("the photo of a draft is kept with it", async () => {
  const { disk, session } = await setUp();
  const photo = new Blob(["paper"], { type: "image/jpeg" });
  keepDraft(session, 17, 5, { note: "a", photo });
  await flushDrafts(session);
  keepDraft(session, 17, 5, { note: "b", photo });
  await flushDrafts(session);

  const draft = await readDraft(await makeSession(disk), 17, 5);
  assert.deepEqual([draft.note, draft.photo.type, await draft.photo.text()], ["b", "image/jpeg", "paper"]);
  keepDraft(session, 17, 5, { note: "c", photo: null });
  await flushDrafts(session);
  assert.deepEqual(await readDraft(await makeSession(disk), 17, 5), { note: "c", photo: null });
});

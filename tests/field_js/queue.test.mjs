import assert from "node:assert/strict";
import { test } from "node:test";

import { Disk, makeServer, makeSession, makeVisit, PEOPLE, saving } from "./world.mjs";

const queue = await import("../../static/field/queue.js");
const { sendRound } = await import("../../static/field/send.js");
const { AlreadySent, countRecords, getRecord, listRecords, mendVisit, removeRecord, saveVisit, StorageFull } = queue;

test("a visit that was saved is in the store, sealed, and waits", async () => {
  makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  const record = await saveVisit(session, saving(visit));

  const [row] = await session.store.read(["records"], (tx) => tx.all("records"));
  assert.equal(record.state, "waiting");
  assert.deepEqual(record.door, { building: "3", stairwell: "2", unit: "401" });
  assert.deepEqual(record.visit, visit);
  assert.equal(Buffer.from(row.sealed.data).includes(Buffer.from("no_answer")), false);
  assert.deepEqual(
    Object.keys(row).sort(),
    ["attemptedAt", "clientId", "mark", "photosDue", "photosLeft", "photosWaiting", "savedAt", "sealed", "settledAt", "state", "survey", "tries", "user"],
  );
});

test("a visit survives the page: another one reads it, also without a network", async () => {
  const server = makeServer();
  const disk = new Disk();
  const visit = makeVisit();
  await saveVisit(await makeSession(disk), saving(visit));
  server.isUnreachable = true;
  const later = await makeSession(disk);

  assert.equal(later.signedIn, null);
  assert.equal(later.person.id, PEOPLE.chen.id);
  assert.deepEqual((await listRecords(later)).map((record) => record.visit), [visit]);
});

test("a full disk refuses the visit and leaves nothing of it behind", async () => {
  makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  disk.isFull = true;

  await assert.rejects(saveVisit(session, saving(makeVisit())), StorageFull);
  disk.isFull = false;
  assert.deepEqual(await listRecords(session), []);
});

test("saved again under its client id, a visit that waits is replaced", async () => {
  makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  await saveVisit(session, saving(visit));
  await saveVisit(session, saving({ ...visit, outcome: "vacant" }));

  assert.deepEqual((await listRecords(session)).map((record) => record.visit.outcome), ["vacant"]);
});

test("once recorded, the same content again is nothing new, and other content is told apart", async () => {
  makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  await saveVisit(session, saving(visit));
  await sendRound(session);

  assert.equal((await saveVisit(session, saving({ ...visit }))).state, "recorded");
  await assert.rejects(saveVisit(session, saving({ ...visit, outcome: "vacant" })), AlreadySent);
  assert.equal((await getRecord(session, visit.client_id)).visit.outcome, "no_answer");
});

test("a correction of a visit that still waits takes its place, of a recorded one follows it", async () => {
  const server = makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  await saveVisit(session, saving(visit));
  const first = makeVisit({ household: visit.household, outcome: "declined" });
  const replaced = await saveVisit(session, saving(first, { supersedesLocal: visit.client_id }));
  await sendRound(session);
  const second = makeVisit({ household: visit.household, outcome: "vacant" });
  const follows = await saveVisit(session, saving(second, { supersedesLocal: visit.client_id }));
  await sendRound(session);

  assert.equal(replaced.clientId, visit.client_id);
  assert.equal(follows.visit.supersedes, visit.client_id);
  assert.deepEqual([...server.visits.values()].map((one) => one.visit.outcome), ["declined", "vacant"]);
});

test("photos stay unless a new one is given, and go with their record", async () => {
  makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  const blob = (text) => new Blob([text], { type: "image/jpeg" });
  const first = await saveVisit(session, saving(visit, { photo: blob("one") }));
  const kept = await saveVisit(session, saving({ ...visit, note: "" }));
  const other = await saveVisit(session, saving({ ...visit, note: "" , outcome: "vacant" }, { photo: blob("two") }));

  assert.deepEqual(kept.photos, first.photos);
  assert.equal(other.photos.length, 1);
  assert.equal(await (await queue.readPhoto(session, other.photos[0].id)).text(), "two");
  assert.equal(await queue.readPhoto(session, first.photos[0].id), null);
  assert.equal((await countRecords(session)).photos, 1);
  const none = await saveVisit(session, saving({ ...visit, note: "x" }, { photo: false }));
  assert.deepEqual(none.photos, []);
  await saveVisit(session, saving(visit, { photo: blob("three") }));
  await removeRecord(session, visit.client_id);
  assert.deepEqual(await session.store.read(["photos"], (tx) => tx.all("photos")), []);
  assert.equal(await getRecord(session, visit.client_id), null);
});

test("a photo given to unchanged content is kept, also where the visit waits already", async () => {
  makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  await saveVisit(session, saving(visit));
  const record = await saveVisit(session, saving(visit, { photo: new Blob(["one"], { type: "image/jpeg" }) }));

  assert.equal(record.photos.length, 1);
});

test("a photo that comes late follows a recorded visit", async () => {
  const server = makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  await saveVisit(session, saving(visit));
  await sendRound(session);
  const record = await saveVisit(session, saving(visit, { photo: new Blob(["late"], { type: "image/jpeg" }) }));
  await sendRound(session);

  assert.equal(record.state, "recorded");
  assert.equal(server.photos.length, 1);
  assert.equal(server.visits.size, 1);
});

test("mending a refused record lets it be sent again", async () => {
  const server = makeServer();
  const session = await makeSession();
  const visit = makeVisit({ party: [] });
  server.refuses = (sent) => (sent.party.length ? [] : ["wrong_party"]);
  await saveVisit(session, saving(visit));
  await sendRound(session);
  const refused = await getRecord(session, visit.client_id);
  const mended = await mendVisit(session, visit.client_id, { ...visit, party: ["grid"] });
  await sendRound(session);

  assert.deepEqual(refused.errors, [{ code: "wrong_party", detail: "words for wrong_party" }]);
  assert.deepEqual([refused.state, mended.state, mended.errors], ["refused", "waiting", []]);
  assert.equal((await getRecord(session, visit.client_id)).state, "recorded");
});

test("records are counted by state and survey, with the time of the oldest that is not done", async () => {
  const server = makeServer();
  const session = await makeSession();
  server.refuses = (sent) => (sent.outcome === "declined" ? ["wrong_round"] : []);
  await saveVisit(session, saving(makeVisit()));
  const refused = await saveVisit(session, saving(makeVisit({ outcome: "declined" })));
  await sendRound(session);
  await saveVisit(session, saving(makeVisit(), { survey: 18, photo: new Blob(["x"], { type: "image/png" }) }));

  const counts = await countRecords(session);
  assert.deepEqual([counts.waiting, counts.refused, counts.recorded, counts.photos, counts.photosDue], [1, 1, 1, 1, 0]);
  assert.equal(counts.bySurvey[17].oldestAt, refused.savedAt);
  assert.deepEqual([counts.bySurvey[17].waiting, counts.bySurvey[18].waiting], [0, 1]);
  assert.deepEqual((await listRecords(session, { survey: 18 })).length, 1);
});

test("members that a newer page has written survive", async () => {
  makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  await saveVisit(session, saving(visit));
  await queue.edit(session, [visit.client_id], (was) => ({ records: [{ ...was, fromTheFuture: [1] }] }));
  await session.store.change(["records"], async (tx) => {
    const row = await tx.get("records", visit.client_id);
    await tx.put("records", { ...row, inPlain: "too" });
  });
  session.records.clear();
  await saveVisit(session, saving({ ...visit, outcome: "vacant" }));

  const row = await session.store.read(["records"], (tx) => tx.get("records", visit.client_id));
  assert.equal(row.inPlain, "too");
  assert.deepEqual((await getRecord(session, visit.client_id)).fromTheFuture, [1]);
});

test("two tabs that write one record at once do it one after the other", async () => {
  makeServer();
  const disk = new Disk();
  const [one, other] = [await makeSession(disk), await makeSession(disk)];
  const visit = makeVisit();
  await saveVisit(one, saving(visit));
  const add = (session, mark) =>
    queue.edit(session, [visit.client_id], (was) => ({ records: [{ ...was, errors: [...was.errors, mark] }] }));

  await Promise.all([add(one, "a"), add(other, "b"), add(one, "c")]);
  const { errors } = await getRecord(other, visit.client_id);
  assert.deepEqual([...errors].sort(), ["a", "b", "c"]);
});

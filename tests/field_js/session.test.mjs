import assert from "node:assert/strict";
import { test } from "node:test";

import { Disk, html, makeServer, makeSession, makeVisit, PEOPLE, problem, saving } from "./world.mjs";

const { dropDraft, getRecord, keepDraft, listRecords, readDraft, removeRecord, saveVisit } = await import("../../static/field/queue.js");
const { Change, changes } = await import("../../static/field/changes.js");
const { sendRound } = await import("../../static/field/send.js");
const { takeOffline, keptPacks } = await import("../../static/field/packs.js");
const { MemoryStore } = await import("../../static/field/store.js");

const HOUR = 3_600_000;

const rowsOf = (disk, table) => disk.read([table], (tx) => tx.all(table));

test("hello says who is here, what is in hand, and how far the phone's clock is ahead", async () => {
  const server = makeServer();
  server.phoneIsAhead = 90;
  const session = await makeSession();

  assert.deepEqual(session.person, PEOPLE.chen);
  assert.equal(session.signedIn, true);
  assert.equal(session.clockAhead, 90);
  assert.deepEqual(session.surveys.map((survey) => survey.id), [17]);
  assert.deepEqual(session.parties, ["grid"]);
});

test("without a network the page opens with what was said last", async () => {
  const server = makeServer();
  const disk = new Disk();
  const { phone } = await makeSession(disk);
  server.isUnreachable = true;
  const session = await makeSession(disk);

  assert.deepEqual([session.person, session.phone, session.signedIn], [PEOPLE.chen, phone, null]);
  assert.deepEqual(session.surveys.map((survey) => survey.id), [17]);
  assert.deepEqual(session.parties, ["grid"]);
});

test("an answer that is no hello changes nothing", async () => {
  const server = makeServer();
  const disk = new Disk();
  await makeSession(disk);
  for (const answer of [html(200), () => Response.json({}), () => Response.json({ user: { id: 8 }, secret: "x", csrf: "y" })]) {
    globalThis.fetch = answer;
    const session = await makeSession(disk);

    assert.deepEqual([session.person.id, session.signedIn], [7, null]);
    assert.equal(session.trouble.name, "Unreadable");
  }
  globalThis.fetch = server.fetch;
});

test("two tabs that open first at once agree on the phone", async () => {
  makeServer();
  const disk = new Disk();
  const [one, other] = await Promise.all([makeSession(disk), makeSession(disk)]);

  assert.equal(one.phone, other.phone);
});

test("another person on the phone sees nothing of the first, and the first has it again later", async () => {
  const server = makeServer();
  const disk = new Disk();
  const visit = makeVisit();
  await saveVisit(await makeSession(disk), saving(visit));
  server.signIn(PEOPLE.wu);
  const session = await makeSession(disk);

  assert.equal(session.person.id, PEOPLE.wu.id);
  assert.deepEqual(await listRecords(session), []);
  assert.equal(await getRecord(session, visit.client_id), null);
  assert.deepEqual((await rowsOf(disk, "keys")).map((key) => key.user), [PEOPLE.wu.id]);
  assert.deepEqual(await session.othersWaiting(), [{ name: "陈刚", count: 1 }]);
  await removeRecord(session, visit.client_id).catch(() => {});
  await sendRound(session);
  assert.equal(server.visits.size, 0);
  assert.equal((await rowsOf(disk, "records")).length, 1);

  server.signIn(PEOPLE.chen);
  const again = await makeSession(disk);
  assert.deepEqual((await listRecords(again)).map((record) => record.visit), [visit]);
  await sendRound(again);
  assert.equal(server.visits.get(visit.client_id).by, PEOPLE.chen.id);
});

test("a page that was open when another person signed in turns to that person", async () => {
  const server = makeServer();
  const session = await makeSession();
  const visit = makeVisit();
  await saveVisit(session, saving(visit));
  server.signIn(PEOPLE.wu);
  await session.refresh();

  assert.equal(session.person.id, PEOPLE.wu.id);
  assert.deepEqual(await listRecords(session), []);
  await assert.rejects(saveVisit(session, saving(visit)));
});

test("a new secret leaves the rows of the old one readable while its key is here, and counted after that", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  const visit = makeVisit();
  await saveVisit(session, saving(visit));
  server.secrets = {};
  const later = await makeSession(disk);

  assert.equal((await listRecords(later)).length, 1);
  await saveVisit(later, saving(makeVisit()));
  server.signIn(PEOPLE.wu);
  await makeSession(disk);
  server.signIn(PEOPLE.chen);
  const last = await makeSession(disk);
  assert.equal((await listRecords(last)).length, 1);
  assert.deepEqual(await last.othersWaiting(), [{ name: "陈刚", count: 1 }]);
  await sendRound(last);
  assert.equal((await rowsOf(disk, "records")).length, 2);
  assert.equal(server.visits.has(visit.client_id), false);
});

test("after 72 hours packs and what the server has are gone, and what waits or was refused is not", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  globalThis.fetch = async (address, options) =>
    address.includes("/pack/") ? Response.json({ user: PEOPLE.chen.id, mark: "m", doors: [] }) : server.fetch(address, options);
  await takeOffline(session, 17);
  server.refuses = (sent) => (sent.outcome === "declined" ? ["wrong_round"] : []);
  const visits = [makeVisit(), makeVisit({ outcome: "declined" })];
  for (const visit of visits) await saveVisit(session, saving(visit));
  await sendRound(session);
  await saveVisit(session, saving(makeVisit({ outcome: "vacant" })));

  await session.purge(Date.now() + 71 * HOUR);
  assert.equal((await rowsOf(disk, "records")).length, 3);
  assert.equal((await keptPacks(session)).length, 1);
  await session.purge(Date.now() + 73 * HOUR);
  assert.deepEqual((await listRecords(session)).map((record) => record.state).sort(), ["refused", "waiting"]);
  assert.deepEqual(await rowsOf(disk, "packs"), []);
});

test("a recorded visit stays as long as its photo waits", async () => {
  const server = makeServer();
  const session = await makeSession();
  await saveVisit(session, saving(makeVisit(), { photo: new Blob(["x"], { type: "image/jpeg" }) }));
  server.faults = [null, html(500)];
  await sendRound(session);

  await session.purge(Date.now() + 100 * HOUR);
  assert.deepEqual((await listRecords(session)).map((record) => record.state), ["recorded"]);
});

test("nor does it go while its photo was refused: somebody has to say what becomes of it", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  await saveVisit(session, saving(makeVisit(), { photo: new Blob(["x"], { type: "image/jpeg" }) }));
  server.faults = [null, () => problem(400, "photo_refused")];
  await sendRound(session);

  await session.purge(Date.now() + 100 * HOUR);
  const [{ state, photos }] = await listRecords(session);
  assert.deepEqual([state, photos[0].state, (await rowsOf(disk, "photos")).length], ["recorded", "refused", 1]);
});

test("the purge is for all persons of the phone", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  await saveVisit(session, saving(makeVisit()));
  await sendRound(session);
  server.signIn(PEOPLE.wu);
  const other = await makeSession(disk);

  await other.purge(Date.now() + 73 * HOUR);
  assert.deepEqual(await rowsOf(disk, "records"), []);
});

test("the party of an outing is kept for the day, sealed", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  await session.setParty(17, ["grid", "community"]);
  server.isUnreachable = true;
  const later = await makeSession(disk);

  assert.deepEqual(later.party(17), ["grid", "community"]);
  assert.equal(later.hasParty(17), true);
  assert.deepEqual([later.party(18), later.hasParty(18)], [["grid"], false]);
  const row = (await rowsOf(disk, "settings")).find((one) => one.name.startsWith("party:"));
  assert.equal(row.value, undefined);
});

test("signing out wipes what is this person's, leaves the others', and ends the session", async () => {
  const server = makeServer();
  const disk = new Disk();
  await saveVisit(await makeSession(disk), saving(makeVisit()));
  server.signIn(PEOPLE.wu);
  const session = await makeSession(disk);
  await saveVisit(session, saving(makeVisit(), { photo: new Blob(["x"]) }));
  keepDraft(session, 17, 5, { note: "x" });
  await session.setParty(17, ["grid"]);

  await session.signOut();
  assert.equal(server.isSessionOver, true);
  assert.deepEqual(server.queues.at(-1), []);
  assert.deepEqual([session.person, session.signedIn], [null, false]);
  assert.deepEqual((await rowsOf(disk, "records")).map((row) => row.user), [PEOPLE.chen.id]);
  for (const table of ["keys", "photos", "packs", "drafts"]) assert.deepEqual(await rowsOf(disk, table), []);
  assert.equal((await rowsOf(disk, "settings")).some((row) => row.user === PEOPLE.wu.id), false);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(await rowsOf(disk, "drafts"), []); // what was about to be written is not
});

test("signed out without a network, the session ends at the next contact, before anything else", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  await saveVisit(session, saving(makeVisit()));
  server.isUnreachable = true;
  await session.signOut();
  assert.equal(server.isSessionOver, false);

  server.isUnreachable = false;
  const later = await makeSession(disk);
  assert.equal(server.isSessionOver, true);
  assert.deepEqual([later.person, later.signedIn], [null, false]);

  server.signIn(PEOPLE.chen);
  const back = await makeSession(disk);
  assert.deepEqual([back.person.id, back.signedIn], [7, true]);
  assert.equal(server.isSessionOver, false);
});

test("the same person who has signed in anew after it stays signed in", async () => {
  const server = makeServer();
  const disk = new Disk();
  await makeSession(disk);
  server.isUnreachable = true;
  await (await makeSession(disk)).signOut();
  server.isUnreachable = false;
  server.signIn(PEOPLE.chen);
  const later = await makeSession(disk);

  assert.deepEqual([later.person?.id, later.signedIn, server.isSessionOver], [7, true, false]);
});

test("how far the clock is ahead holds for an outing, and not after the clock was set right", async (t) => {
  const server = makeServer();
  const disk = new Disk();
  server.phoneIsAhead = 7_200;
  await makeSession(disk);
  server.isUnreachable = true;
  const session = await makeSession(disk);
  assert.equal(session.clockAhead, 7_200);

  const { now } = Date;
  t.after(() => (Date.now = now));
  Date.now = () => now() - 7_200_000;
  assert.equal(session.clockAhead, 0);
  Date.now = () => now() + 13 * HOUR;
  assert.equal(session.clockAhead, 0);
});

test("whoever has signed in after it stays signed in", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  server.isUnreachable = true;
  await session.signOut();
  server.isUnreachable = false;
  server.signIn(PEOPLE.wu);
  const later = await makeSession(disk);

  assert.deepEqual([later.person.id, later.signedIn, server.isSessionOver], [8, true, false]);
});

test("an answer that was on its way while somebody signed out does not bring the person back", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  let release;
  globalThis.fetch = async (address, options) => {
    const answer = await server.fetch(address, options);
    if (release === undefined) await new Promise((resolve) => (release = resolve));
    return answer;
  };
  const hearing = session.refresh();
  await new Promise((resolve) => setTimeout(resolve, 10));
  const leaving = session.signOut();
  await new Promise((resolve) => setTimeout(resolve, 10));
  release();
  await Promise.all([hearing, leaving]);

  assert.equal(session.person, null);
  assert.deepEqual(await rowsOf(disk, "keys"), []);
  assert.equal(server.isSessionOver, true);
});

test("nor does one of another tab, which hears of it", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  const other = await makeSession(disk);
  let release;
  globalThis.fetch = async (address, options) => {
    const answer = await server.fetch(address, options);
    if (release === undefined) await new Promise((resolve) => (release = resolve));
    return answer;
  };
  const hearing = other.refresh();
  await new Promise((resolve) => setTimeout(resolve, 10));
  await session.signOut();
  const told = new Promise((resolve) => changes.addEventListener("heard", resolve, { once: true }));
  changes.dispatchEvent(new Change({ kind: "person", user: null }, false));
  await told;
  release();
  await hearing;

  assert.equal(other.person, null);
  assert.deepEqual([await rowsOf(disk, "keys"), await disk.setting("current")], [[], null]);
});

test("nor does one that was being written down", async () => {
  makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  let leaving;
  const change = disk.change.bind(disk);
  disk.change = (...args) => {
    leaving ??= session.signOut();
    return change(...args);
  };
  await session.refresh();
  await leaving;

  assert.equal(session.person, null);
  assert.deepEqual([await rowsOf(disk, "keys"), await disk.setting("current")], [[], null]);
});

test("on a full disk a new phone says that it keeps nothing, and keeps its name once there is room", async () => {
  makeServer();
  const disk = new Disk();
  disk.isFull = true;
  const session = await makeSession(disk);
  assert.equal(session.isKept, false);
  disk.isFull = false;
  await session.refresh();
  assert.equal(session.isKept, true);
  const visit = makeVisit();
  await saveVisit(session, saving(visit));

  const later = await makeSession(disk);
  assert.equal(later.phone, session.phone);
  assert.deepEqual((await listRecords(later)).map((record) => record.visit), [visit]);
});

test("also on a full disk the former person's key goes", async () => {
  const server = makeServer();
  const disk = new Disk();
  await makeSession(disk);
  disk.isFull = true;
  server.signIn(PEOPLE.wu);
  const session = await makeSession(disk);

  assert.equal(session.person.id, PEOPLE.wu.id);
  assert.deepEqual(await rowsOf(disk, "keys"), []);
});

test("a session that is over leaves everything where it is", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  await saveVisit(session, saving(makeVisit()));
  server.isSessionOver = true;
  await session.refresh();

  assert.deepEqual([session.signedIn, session.person.id], [false, 7]);
  assert.equal((await listRecords(session)).length, 1);
  assert.equal((await listRecords(await makeSession(disk))).length, 1);
});

test("a browser that keeps nothing works on, and is not registered at the server", async () => {
  const server = makeServer();
  const session = await makeSession(new MemoryStore());
  await saveVisit(session, saving(makeVisit()));
  await sendRound(session);

  assert.deepEqual([session.isKept, session.phone], [false, null]);
  assert.equal(server.visits.size, 1);
  assert.deepEqual(server.secrets, {});
  assert.deepEqual(server.queues, []);
});

test("a draft of another person is not read", async () => {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  keepDraft(session, 17, 5, { note: "先修排水" });
  assert.equal((await readDraft(session, 17, 5)).note, "先修排水");
  await session.refresh();
  server.signIn(PEOPLE.wu);
  await session.refresh();

  assert.equal(await readDraft(session, 17, 5), null);
  await dropDraft(session, 17, 5);
});

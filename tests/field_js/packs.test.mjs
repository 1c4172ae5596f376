import assert from "node:assert/strict";
import { test } from "node:test";

import { Disk, html, json, makeServer, makeSession, PEOPLE, problem } from "./world.mjs";

const { dropPack, keptPacks, openPack, packProblem, refreshPack, takeOffline } = await import("../../static/field/packs.js");

async function setUp() {
  const server = makeServer();
  const asked = [];
  const world = { server, asked, mark: "m1", fault: null };
  globalThis.fetch = async (address, options) => {
    if (server.isUnreachable || !address.includes("/pack/")) return server.fetch(address, options);
    const url = new URL(address, "http://field.test");
    asked.push(Object.fromEntries(url.searchParams));
    if (world.fault) return world.fault();
    if (url.searchParams.get("known") === world.mark) return new Response(null, { status: 204 });
    return json({ user: server.user.id, mark: world.mark, doors: [{ household: 5, name: "周**" }] });
  };
  world.disk = new Disk();
  world.session = await makeSession(world.disk);
  return world;
}

test("a pack that was not taken along lives in memory only", async () => {
  const { session, disk, asked } = await setUp();

  assert.equal((await openPack(session, 17)).mark, "m1");
  assert.equal((await openPack(session, "17")).mark, "m1");
  assert.equal(asked.length, 1);
  assert.deepEqual(await keptPacks(session), []);
  assert.deepEqual(await disk.read(["packs"], (tx) => tx.all("packs")), []);
});

test("taken along, it opens without a network, sealed until then", async () => {
  const { session, disk, server, asked } = await setUp();
  await takeOffline(session, 17, [3, 1]);
  server.isUnreachable = true;
  const later = await makeSession(disk);

  assert.deepEqual((await openPack(later, 17)).doors[0].name, "周**");
  assert.deepEqual([asked[0].take, asked[0].buildings, asked[0].phone], ["1", "1,3", session.phone]);
  const [kept] = await keptPacks(later);
  assert.deepEqual([kept.survey, kept.buildings, kept.mark], [17, [1, 3], "m1"]);
  assert.equal(Date.parse(kept.expiresAt) - Date.parse(kept.takenAt), 72 * 3_600_000);
  const [row] = await disk.read(["packs"], (tx) => tx.all("packs"));
  assert.equal(Buffer.from(row.sealed.data).includes(Buffer.from("周")), false);
});

test("asked again, the server only says that nothing is new", async () => {
  const { session, asked } = await setUp();
  await takeOffline(session, 17);

  assert.equal((await refreshPack(session, 17)).mark, "m1");
  assert.equal(asked[1].known, "m1");
});

test("a newer pack replaces the one that was kept, with the same buildings", async () => {
  const world = await setUp();
  await takeOffline(world.session, 17, [3]);
  world.mark = "m2";

  assert.equal((await openPack(world.session, 17)).mark, "m1");
  assert.equal((await openPack(world.session, 17, { refresh: true })).mark, "m2");
  assert.equal(world.asked[1].buildings, "3");
  assert.deepEqual((await keptPacks(world.session)).map((pack) => [pack.mark, pack.buildings]), [["m2", [3]]]);
});

test("other buildings are fetched whatever the mark says", async () => {
  const { session, asked } = await setUp();
  await takeOffline(session, 17, [3]);
  await takeOffline(session, 17, [4]);

  assert.equal(asked[1].known, undefined);
});

test("without an answer the old pack stays, and where there is none there is none", async () => {
  const world = await setUp();
  await takeOffline(world.session, 17);
  for (const fault of [html(500), html(200), html(404), () => json({}), () => Promise.reject(new TypeError("no network"))]) {
    world.fault = fault;

    assert.equal((await openPack(world.session, 17, { refresh: true })).mark, "m1");
    assert.equal(await openPack(world.session, 18), null);
  }
  assert.equal((await keptPacks(world.session)).length, 1);
});

test("what this person may no longer see is let go, with the reason", async () => {
  const world = await setUp();
  await takeOffline(world.session, 17);
  world.fault = () => problem(404, "not_found", "nothing here");

  assert.equal(await refreshPack(world.session, 17), null);
  assert.deepEqual([packProblem(17).status, packProblem(17).detail], [404, "nothing here"]);
  assert.deepEqual(await keptPacks(world.session), []);
  world.fault = null;
  await refreshPack(world.session, 17);
  assert.equal(packProblem(17), null);
});

test("a closed survey keeps the doors that are on the phone", async () => {
  const world = await setUp();
  await takeOffline(world.session, 17);
  world.fault = () => problem(409, "survey_closed", "closed");

  assert.equal((await refreshPack(world.session, 17)).mark, "m1");
  assert.equal(packProblem(17).code, "survey_closed");
});

test("a full disk says so when doors are taken along", async () => {
  const { session, disk } = await setUp();
  disk.isFull = true;

  await assert.rejects(takeOffline(session, 17), { name: "StorageFull" });
});

test("another person sees no pack of the first", async () => {
  const { session, server, disk } = await setUp();
  await takeOffline(session, 17);
  server.signIn(PEOPLE.wu);
  const other = await makeSession(disk);
  server.isUnreachable = true;

  assert.equal(await openPack(other, 17), null);
  assert.deepEqual(await keptPacks(other), []);
});

test("a pack that comes after somebody else has signed in is not kept", async () => {
  const world = await setUp();
  world.fault = async () => {
    world.server.signIn(PEOPLE.wu);
    await world.session.refresh();
    return json({ user: PEOPLE.chen.id, mark: "m1", doors: [] });
  };

  assert.equal(await takeOffline(world.session, 17), null);
  assert.deepEqual(await world.disk.read(["packs"], (tx) => tx.all("packs")), []);
});

test("doors of somebody who signed in on another page are not kept for the first, and the page turns to that person", async () => {
  const world = await setUp();
  await takeOffline(world.session, 17);
  world.mark = "m2";
  world.server.signIn(PEOPLE.wu);

  assert.equal(await refreshPack(world.session, 17), null);
  assert.equal(world.session.person.id, PEOPLE.wu.id);
  const rows = await world.disk.read(["packs"], (tx) => tx.all("packs"));
  assert.deepEqual(rows.map((row) => [row.user, row.mark]), [[PEOPLE.chen.id, "m1"]]);
});

test("buildings taken along while older doors were asked for stay", async () => {
  const world = await setUp();
  await takeOffline(world.session, 17, [3]);
  world.mark = "m2";
  let answer;
  world.fault = () => new Promise((resolve) => (answer = resolve));
  const slow = refreshPack(world.session, 17);
  while (!answer) await new Promise((resolve) => setTimeout(resolve, 1));
  world.fault = null;
  await new Promise((resolve) => setTimeout(resolve, 2)); // taken at another time
  await takeOffline(world.session, 17, [3, 4]);
  answer(json({ user: PEOPLE.chen.id, mark: "m2", doors: [] }));

  assert.equal((await slow).doors.length, 1);
  assert.deepEqual((await keptPacks(world.session))[0].buildings, [3, 4]);
  assert.deepEqual((await keptPacks(await makeSession(world.disk)))[0].buildings, [3, 4]);
});

test("a pack taken while the clock was days ahead is as good as an old one", async () => {
  const { session, disk, server } = await setUp();
  await takeOffline(session, 17);
  await disk.change(["packs"], async (tx) => {
    const row = await tx.get("packs", [PEOPLE.chen.id, 17]);
    await tx.put("packs", { ...row, takenAt: new Date(Date.now() + 25 * 3_600_000).toISOString() });
  });
  server.isUnreachable = true;

  assert.equal(await openPack(session, 17), null);
  await session.purge();
  assert.deepEqual(await disk.read(["packs"], (tx) => tx.all("packs")), []);
});

test("a pack is not read after 72 hours, and can be let go before", async () => {
  const { session, disk, server } = await setUp();
  await takeOffline(session, 17);
  await takeOffline(session, 18);
  await dropPack(session, 18);
  await disk.change(["packs"], async (tx) => {
    const row = await tx.get("packs", [PEOPLE.chen.id, 17]);
    await tx.put("packs", { ...row, takenAt: new Date(Date.now() - 73 * 3_600_000).toISOString() });
  });
  server.isUnreachable = true;

  assert.equal(await openPack(session, 17), null);
  assert.equal(await openPack(session, 18), null);
  assert.deepEqual(await keptPacks(session), []);
});

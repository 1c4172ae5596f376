import assert from "node:assert/strict";
import { test } from "node:test";

import { Disk, html, json, makeServer, makeSession, makeVisit, PEOPLE, problem, saving } from "./world.mjs";

const { countRecords, getRecord, listRecords, mendVisit, noteHanded, readPhoto, removeRecord, saveVisit } = await import("../../static/field/queue.js");
const { handOver, sendRound } = await import("../../static/field/send.js");

const PHOTO = () => new Blob(["paper"], { type: "image/jpeg" });

async function setUp(count = 3) {
  const server = makeServer();
  const disk = new Disk();
  const session = await makeSession(disk);
  const visits = Array.from({ length: count }, () => makeVisit());
  for (const visit of visits) await saveVisit(session, saving(visit));
  return { server, disk, session, visits };
}

const statesOf = async (session) => (await listRecords(session)).map((record) => record.state);

test("what waits is sent in one batch, oldest first, and bears the server's answer", async () => {
  const { server, session, visits } = await setUp(30);
  const end = await sendRound(session);

  assert.equal(end.why, null);
  assert.deepEqual(server.batches, [visits.map((visit) => visit.client_id)]);
  const record = await getRecord(session, visits[3].client_id);
  assert.deepEqual([record.state, record.sequence, record.receiptCode, record.tries], ["recorded", 3, "R3", 1]);
  assert.deepEqual(server.queues.at(-1), [{ survey: 17, waiting: 0, refused: 0, photos: 0, oldest_at: null }]);
});

test("more than 50 go in several batches, and each survey by itself", async () => {
  const { server, session } = await setUp(60);
  await saveVisit(session, saving(makeVisit(), { survey: 18 }));
  await sendRound(session);

  assert.deepEqual(server.batches.map((batch) => batch.length), [50, 10, 1]);
  assert.deepEqual(new Set(await statesOf(session)), new Set(["recorded"]));
});

test("signatures make batches smaller", async () => {
  const { server, session } = await setUp(0);
  const signature = `data:image/png;base64,${"A".repeat(87_000)}`;
  for (let count = 0; count < 5; count += 1) await saveVisit(session, saving(makeVisit({ signature })));
  await sendRound(session);

  assert.deepEqual(server.batches.map((batch) => batch.length), [3, 2]);
});

test("who was at the door, too, is kept with the record", async () => {
  const { server, session, visits } = await setUp(1);
  const others = [{ recorded_by: "吴芳", visited_at: "2026-11-24T10:00:00+08:00", outcome: "supports" }];
  server.faults = [async (answer) => {
    const body = await (await answer()).json();
    return json({ ...body, results: body.results.map((result) => ({ ...result, others })) });
  }];
  await sendRound(session);

  assert.deepEqual((await getRecord(session, visits[0].client_id)).others, others);
});

const lost = async (answer) => {
  await answer();
  throw new TypeError("network error");
};
const cut = async (answer) => new Response((await (await answer()).text()).slice(0, 60), { status: 200 });
const taken = (change) => async (answer) => {
  const body = await (await answer()).json();
  return json(change(body));
};

for (const [name, fault, why] of [
  ["breaks down", html(500), "failing"],
  ["is away behind a proxy", html(502), "failing"],
  ["is reached through a portal", html(200), "failing"],
  ["is hidden by a proxy's 403", html(404), "failing"],
  ["takes everything and is cut off", lost, "offline"],
  ["answers half a text", cut, "failing"],
  ["answers with no results", taken((body) => ({ tree: body.tree })), "failing"],
  ["answers null", () => json(null), "failing"],
  ["names strangers", taken((body) => ({ results: body.results.map((one) => ({ ...one, client_id: crypto.randomUUID() })) })), "failing"],
  ["names nobody", taken((body) => ({ results: body.results.map((one) => ({ ...one, client_id: null })) })), "failing"],
  ["says what nobody knows", taken((body) => ({ results: body.results.map((one) => ({ ...one, status: "fine" })) })), "failing"],
  ["gives no sequence", taken((body) => ({ results: body.results.map((one) => ({ ...one, sequence: null })) })), "failing"],
  ["is busy", () => problem(429, "throttled", "wait", { "Retry-After": "7" }), "failing"],
  ["is late", () => problem(408, "timeout"), "failing"],
]) {
  test(`a server that ${name} changes nothing, and the next round records each visit once`, async () => {
    const { server, session } = await setUp(3);
    server.faults = [fault];
    const end = await sendRound(session);

    assert.equal(end.why, why);
    assert.deepEqual(await statesOf(session), ["waiting", "waiting", "waiting"]);
    assert.equal((await sendRound(session, { failures: 0 })).why, null);
    assert.deepEqual(await statesOf(session), ["recorded", "recorded", "recorded"]);
    assert.equal(server.visits.size, 3);
  });
}

test("a pause that the server asks for is passed on, and ends the round", async () => {
  const { server, session } = await setUp(1);
  await saveVisit(session, saving(makeVisit(), { survey: 18 }));
  server.faults = [() => problem(429, "throttled", "wait", { "Retry-After": "7" })];

  assert.equal((await sendRound(session)).retryAfter, 7);
  assert.deepEqual(server.batches, []);
});

test("an answer for some of them settles these, by client id, whatever their order", async () => {
  const { server, session, visits } = await setUp(3);
  server.faults = [taken((body) => ({ results: [body.results[2], body.results[0]] }))];
  const end = await sendRound(session);

  assert.equal(end.why, "failing");
  assert.deepEqual(await statesOf(session), ["recorded", "waiting", "recorded"]);
  assert.equal((await getRecord(session, visits[2].client_id)).sequence, 2);
  await sendRound(session);
  assert.equal((await getRecord(session, visits[1].client_id)).sequence, 1);
});

test("an id in capitals is the same id", async () => {
  const { server, session } = await setUp(1);
  server.faults = [taken((body) => ({ results: body.results.map((one) => ({ ...one, client_id: one.client_id.toUpperCase() })) }))];
  await sendRound(session);

  assert.deepEqual(await statesOf(session), ["recorded"]);
});

test("a visit that is refused stops no other and keeps its reasons", async () => {
  const { server, session, visits } = await setUp(3);
  server.refuses = (visit) => (visit.client_id === visits[1].client_id ? ["wrong_round"] : []);
  const end = await sendRound(session);

  assert.equal(end.why, null);
  assert.deepEqual(await statesOf(session), ["recorded", "refused", "recorded"]);
  assert.equal((await getRecord(session, visits[1].client_id)).errors[0].code, "wrong_round");
  assert.deepEqual(server.queues.at(-1)[0].refused, 1);
});

test("a batch that is refused as a whole is sent one by one, and only what is refused alone is", async () => {
  const { server, session, visits } = await setUp(3);
  const conflict = () => problem(409, "conflict", "somebody else is at it");
  server.faults = [conflict, null, conflict];
  await sendRound(session);

  assert.deepEqual(await statesOf(session), ["recorded", "refused", "recorded"]);
  assert.deepEqual((await getRecord(session, visits[1].client_id)).errors, [{ code: "conflict", detail: "somebody else is at it" }]);
});

test("what is too much for a proxy is sent one by one", async () => {
  const { server, session } = await setUp(3);
  server.faults = [html(413)];
  await sendRound(session);

  assert.deepEqual(server.batches.map((batch) => batch.length), [1, 1, 1]);
  assert.deepEqual(await statesOf(session), ["recorded", "recorded", "recorded"]);
});

test("a visit that alone is too much is refused rather than tried for ever", async () => {
  const { server, session, visits } = await setUp(1);
  server.faults = [html(413)];
  await sendRound(session);

  assert.equal((await getRecord(session, visits[0].client_id)).errors[0].code, "too_large");
});

test("a visit that the server breaks down over holds up the others only for some rounds", async () => {
  const { server, session, visits } = await setUp(5);
  const poison = (answer, options) => (options.body.includes(visits[1].client_id) ? html(500)() : null);
  for (let failures = 0; failures < 7; failures += 1) {
    server.faults = Array.from({ length: 50 }, () => poison);
    await sendRound(session, { failures });
  }

  assert.deepEqual(await statesOf(session), ["recorded", "waiting", "recorded", "recorded", "recorded"]);
});

test("a survey that the server breaks down over does not hold up another", async () => {
  const { server, session } = await setUp(1);
  const other = makeVisit();
  await saveVisit(session, saving(other, { survey: 18 }));
  server.faults = [html(500)];
  await sendRound(session);

  assert.deepEqual(await statesOf(session), ["waiting", "recorded"]);
});

test("without a network nothing changes", async () => {
  const { server, session } = await setUp(2);
  server.isUnreachable = true;
  session.heardAt = 0;
  const end = await sendRound(session);

  assert.equal(end.why, "offline");
  assert.deepEqual((await listRecords(session)).map((record) => [record.state, record.tries]), [["waiting", 0], ["waiting", 0]]);
});

test("a session that is over keeps everything, and so does one that ends between hello and the batch", async () => {
  const { server, session } = await setUp(2);
  server.before = () => (server.isSessionOver = true);
  assert.equal((await sendRound(session)).why, "signed_out");
  assert.equal(session.signedIn, false);
  assert.equal((await sendRound(session)).why, "signed_out");
  assert.deepEqual(await statesOf(session), ["waiting", "waiting"]);

  server.before = null;
  server.signIn(PEOPLE.chen);
  assert.equal((await sendRound(session)).why, null);
  assert.equal(server.visits.size, 2);
});

test("the same person who has signed in anew goes on within the round", async () => {
  const { server, session } = await setUp(2);
  server.signIn(PEOPLE.chen);
  const end = await sendRound(session);

  assert.equal(end.why, null);
  assert.deepEqual(await statesOf(session), ["recorded", "recorded"]);
});

test("when another person signs in between hello and the batch, nothing is sent in that person's name", async () => {
  const { server, session, disk } = await setUp(2);
  server.before = () => {
    server.before = null;
    server.signIn(PEOPLE.wu);
  };
  const end = await sendRound(session);

  assert.equal(end.why, "switched");
  assert.equal(session.person.id, PEOPLE.wu.id);
  assert.equal((await sendRound(session)).why, null);
  assert.equal(server.visits.size, 0);
  server.signIn(PEOPLE.chen);
  const back = await makeSession(disk);
  await sendRound(back);
  assert.deepEqual([...server.visits.values()].map((visit) => visit.by), [7, 7]);
});

test("an answer that arrives after the person has changed is not written, and the visit is a duplicate later", async () => {
  const { server, session, disk } = await setUp(1);
  server.faults = [async (answer) => {
    const response = await answer();
    server.signIn(PEOPLE.wu);
    await session.refresh();
    return response;
  }];
  await sendRound(session);
  assert.deepEqual(await statesOf(session), []);

  server.signIn(PEOPLE.chen);
  const back = await makeSession(disk);
  assert.deepEqual(await statesOf(back), ["waiting"]);
  await sendRound(back);
  assert.deepEqual([await statesOf(back), server.visits.size], [["recorded"], 1]);
});

test("a token that stays refused is a matter of signing in, and a 403 of the rules is a refusal", async () => {
  const { server, session } = await setUp(1);
  const token = () => problem(403, "permission_denied", "CSRF Failed: CSRF cookie not set.");
  server.faults = [token, token];
  const hellos = server.hellos;
  assert.equal((await sendRound(session)).why, "signed_out");
  assert.equal(server.hellos, hellos + 1);
  assert.deepEqual(await statesOf(session), ["waiting"]);

  server.faults = [() => problem(403, "permission_denied", "You may not do this.")];
  await sendRound(session);
  assert.deepEqual(await statesOf(session), ["refused"]);
});

test("two tabs and the worker that send at once record each visit once", async () => {
  const { server, disk, session, visits } = await setUp(20);
  const [other, worker] = [await makeSession(disk), await makeSession(disk)];
  await Promise.all([sendRound(session), sendRound(other), sendRound(worker)]);

  assert.equal(server.visits.size, 20);
  assert.deepEqual(new Set(await statesOf(other)), new Set(["recorded"]));
  assert.equal((await getRecord(worker, visits[7].client_id)).sequence, server.visits.get(visits[7].client_id).sequence);
});

test("a page killed between the server's answer and the write sends again, and that is a duplicate", async () => {
  const { server, disk, session, visits } = await setUp(2);
  server.faults = [async (answer) => {
    const response = await answer();
    disk.isFull = true; // nothing more is written by this page
    return response;
  }];
  assert.equal((await sendRound(session)).why, "storage");
  disk.isFull = false;
  const later = await makeSession(disk);
  assert.deepEqual(await statesOf(later), ["waiting", "waiting"]);
  await sendRound(later);

  assert.equal(server.visits.size, 2);
  assert.equal((await getRecord(later, visits[1].client_id)).receiptCode, "R1");
});

test("on a full disk what waits is sent all the same", async () => {
  const { server, disk, session } = await setUp(2);
  disk.isFull = true;
  await sendRound(session);
  disk.isFull = false;

  assert.equal(server.visits.size, 2);
  assert.deepEqual(await statesOf(session), ["waiting", "waiting"]);
});

test("mended while it was on its way, the visit is recorded as sent and the mended one corrects it", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.faults = [async (answer) => {
    await saveVisit(session, saving({ ...visit, outcome: "vacant" }));
    return answer();
  }];
  await sendRound(session);
  const [first, second] = await listRecords(session);

  assert.deepEqual([first.state, first.visit.outcome], ["recorded", "no_answer"]);
  assert.deepEqual([second.state, second.visit.outcome, second.visit.supersedes], ["waiting", "vacant", visit.client_id]);
  assert.notEqual(second.clientId, visit.client_id);
  await sendRound(session);
  assert.deepEqual([...server.visits.values()].map((one) => one.visit.outcome), ["no_answer", "vacant"]);
});

test("mended while a refusal of the old content was on its way, it waits to be judged anew", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.refuses = (sent) => (sent.outcome === "no_answer" ? ["wrong_party"] : []);
  server.faults = [async (answer) => {
    await saveVisit(session, saving({ ...visit, outcome: "vacant" }));
    return answer();
  }];
  await sendRound(session);
  assert.deepEqual(await statesOf(session), ["waiting"]);
  await sendRound(session);

  assert.deepEqual([...server.visits.values()].map((one) => one.visit.outcome), ["vacant"]);
});

for (const [name, versions] of [["once", ["vacant"]], ["twice", ["vacant", "declined"]]]) {
  test(`an answer got lost and the visit was mended ${name}: the first content stands, the last corrects it`, async () => {
    const { server, session, visits: [visit] } = await setUp(1);
    server.faults = [lost];
    await sendRound(session);
    for (const outcome of versions) {
      await saveVisit(session, saving({ ...visit, outcome }));
      server.faults = outcome === versions.at(-1) ? [] : [() => Promise.reject(new TypeError("no network"))];
      await sendRound(session);
    }
    await sendRound(session);

    const visitsThere = [...server.visits.values()].map((one) => one.visit);
    assert.deepEqual(visitsThere.map((one) => one.outcome), ["no_answer", versions.at(-1)]);
    assert.equal(visitsThere[1].supersedes, visit.client_id);
    assert.deepEqual(await statesOf(session), ["recorded", "recorded"]);
  });
}

test("an answer got lost and the second content was the one that arrived", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.faults = [() => Promise.reject(new TypeError("no network"))];
  await sendRound(session);
  await saveVisit(session, saving({ ...visit, outcome: "vacant" }));
  server.faults = [lost];
  await sendRound(session);
  await saveVisit(session, saving({ ...visit, outcome: "declined" }));
  for (let round = 0; round < 4; round += 1) await sendRound(session);

  assert.deepEqual([...server.visits.values()].map((one) => one.visit.outcome), ["vacant", "declined"]);
  assert.deepEqual(await statesOf(session), ["recorded", "recorded"]);
});

test("an id that somebody else has used is refused and stays", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.visits.set(visit.client_id, { visit: { other: true }, sequence: 9, receipt: "R9" });
  await sendRound(session);

  const record = await getRecord(session, visit.client_id);
  assert.deepEqual([record.state, record.errors[0].code], ["refused", "client_id_reused"]);
});

test("undone before it was ever sent, a visit leaves nothing behind", async () => {
  const { server, disk, session, visits: [visit] } = await setUp(1);
  await removeRecord(session, visit.client_id);
  await sendRound(session);

  assert.deepEqual(await disk.read(["records"], (tx) => tx.all("records")), []);
  assert.equal(server.visits.size, 0);
});

test("undone while it was on its way, it comes back as recorded", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.faults = [async (answer) => {
    await removeRecord(session, visit.client_id);
    assert.deepEqual(await statesOf(session), []);
    return answer();
  }];
  await sendRound(session);

  assert.deepEqual(await statesOf(session), ["recorded"]);
});

test("undone after its answer got lost and saved with other content, it becomes a correction", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.faults = [lost];
  await sendRound(session);
  await removeRecord(session, visit.client_id);
  assert.deepEqual(await statesOf(session), []);
  await saveVisit(session, saving({ ...visit, outcome: "vacant" }));
  await sendRound(session);
  await sendRound(session);

  assert.deepEqual([...server.visits.values()].map((one) => one.visit.outcome), ["no_answer", "vacant"]);
});

test("wiped by a sign-out while it was on its way, it does not come back", async () => {
  const { server, disk, session } = await setUp(1);
  server.faults = [async (answer) => {
    const response = await answer();
    await session.signOut();
    return response;
  }];
  await sendRound(session);

  assert.deepEqual(await disk.read(["records"], (tx) => tx.all("records")), []);
});

test("a correction goes after what it corrects, even if the phone's clock was set back", async () => {
  const { server, session } = await setUp(0);
  const first = makeVisit();
  const second = makeVisit({ household: first.household, supersedes: first.client_id });
  await saveVisit(session, saving(first));
  await saveVisit(session, saving(second));
  await session.store.change(["records"], async (tx) => {
    await tx.put("records", { ...(await tx.get("records", second.client_id)), savedAt: "2001-01-01T00:00:00.000Z", mark: "x" });
  });
  await sendRound(session);

  assert.deepEqual(server.batches, [[first.client_id, second.client_id]]);
  assert.equal(server.visits.size, 2);
});

test("photos follow their answers, one by one, and leave the phone", async () => {
  const { server, session } = await setUp(1);
  const visit = makeVisit({ outcome: "supports" });
  const record = await saveVisit(session, saving(visit, { photo: PHOTO() }));
  await sendRound(session);

  assert.deepEqual(server.asked.slice(-3).map((one) => one.split("/").at(-2)), ["visits", "photos", "seen"]);
  assert.deepEqual(server.photos.map((photo) => [photo.clientId, photo.type]), [[visit.client_id, "image/jpeg"]]);
  assert.equal((await getRecord(session, visit.client_id)).photos[0].state, "sent");
  assert.equal(await readPhoto(session, record.photos[0].id), null);
});

test("a photo waits for its answer", async () => {
  const { server, session } = await setUp(0);
  server.refuses = () => ["wrong_round"];
  await saveVisit(session, saving(makeVisit(), { photo: PHOTO() }));
  await sendRound(session);

  assert.equal(server.photos.length, 0);
  assert.deepEqual((await listRecords(session))[0].photos[0].state, "waiting");
});

test("a photo that is refused stays with the server's words and stops no other", async () => {
  const { server, session } = await setUp(0);
  const visits = [makeVisit(), makeVisit()];
  for (const visit of visits) await saveVisit(session, saving(visit, { photo: PHOTO() }));
  server.faults = [null, () => problem(400, "photo_refused", "This is no photo.")];
  const end = await sendRound(session);

  assert.equal(end.why, null);
  const [first, second] = await listRecords(session);
  assert.deepEqual([first.photos[0].state, first.photos[0].detail], ["refused", "This is no photo."]);
  assert.equal(second.photos[0].state, "sent");
  assert.notEqual(await readPhoto(session, first.photos[0].id), null);
});

test("a photo that the server breaks down over is tried again, and answers are not", async () => {
  const { server, session } = await setUp(0);
  await saveVisit(session, saving(makeVisit(), { photo: PHOTO() }));
  server.faults = [null, html(500)];
  assert.equal((await sendRound(session)).why, "failing");
  await sendRound(session);

  assert.deepEqual([server.photos.length, server.batches.length], [1, 1]);
});

test("a refused visit is handed to community staff, and what becomes of it is learnt later", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.refuses = () => ["wrong_round"];
  await sendRound(session);
  const record = await handOver(session, await getRecord(session, visit.client_id));

  assert.deepEqual([record.state, record.handed], ["handed", { status: "waiting", reason: null }]);
  assert.deepEqual(server.handedErrors, ["wrong_round"]);
  server.handed[0] = { client_id: visit.client_id, status: "set_aside", sequence: null, receipt_code: null, reason: "twice" };
  await session.refresh();
  const { noteHanded } = await import("../../static/field/queue.js");
  await noteHanded(session);
  assert.deepEqual((await getRecord(session, visit.client_id)).handed, { status: "set_aside", reason: "twice" });
});

test("what cannot be handed over stays refused", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.refuses = () => ["wrong_round"];
  await sendRound(session);
  const record = await getRecord(session, visit.client_id);
  server.isUnreachable = true;

  await assert.rejects(handOver(session, record), { name: "Unreachable" });
  server.isUnreachable = false;
  server.isSessionOver = true;
  await assert.rejects(handOver(session, record), { name: "Problem", status: 401 });
  assert.deepEqual(await statesOf(session), ["refused"]);
});

test("a page killed after handing over learns from hello that it has", async () => {
  const { server, session, visits: [visit] } = await setUp(1);
  server.refuses = () => ["wrong_round"];
  await sendRound(session);
  server.handed = [{ client_id: visit.client_id, status: "entered", sequence: 4, receipt_code: "R4", reason: "" }];
  await session.refresh();
  const { noteHanded } = await import("../../static/field/queue.js");
  await noteHanded(session);

  const record = await getRecord(session, visit.client_id);
  assert.deepEqual([record.state, record.handed.status, record.sequence, record.receiptCode], ["handed", "entered", 4, "R4"]);
});

test("handed over while it was mended in another tab, the mended content follows as a correction", async () => {
  const { server, session, disk, visits: [visit] } = await setUp(1);
  server.refuses = () => ["wrong_round"];
  await sendRound(session);
  const record = await getRecord(session, visit.client_id);
  const other = await makeSession(disk);
  const newer = { ...visit, outcome: "opposes" };
  await mendVisit(other, visit.client_id, newer);
  await handOver(session, record);

  const [handed, mended] = await listRecords(session);
  assert.deepEqual([handed.state, handed.visit], ["handed", visit]);
  assert.deepEqual([mended.state, mended.visit.outcome, mended.visit.supersedes], ["waiting", "opposes", visit.client_id]);
});

test("a visit that was set aside lets its photo go, and goes itself after 72 hours", async () => {
  const { server, session, disk } = await setUp(0);
  const visit = makeVisit();
  await saveVisit(session, saving(visit, { photo: PHOTO() }));
  server.refuses = () => ["wrong_round"];
  await sendRound(session);
  await handOver(session, await getRecord(session, visit.client_id));
  server.handed[0].status = "set_aside";
  await session.refresh();
  await noteHanded(session);

  assert.equal((await countRecords(session)).photos, 0);
  assert.deepEqual(await disk.read(["photos"], (tx) => tx.all("photos")), []);
  await session.purge(Date.now() + 73 * 3_600_000);
  assert.deepEqual(await listRecords(session), []);
});

test("the board hears once that the last record was deleted, also from a page that opens later", async () => {
  const { server, session, disk, visits: [visit] } = await setUp(1);
  server.refuses = () => ["wrong_round"];
  await sendRound(session);
  assert.equal(server.queues.at(-1)[0].refused, 1);
  await removeRecord(session, visit.client_id);
  const later = await makeSession(disk);
  await sendRound(later);

  assert.deepEqual(server.queues.at(-1), []);
  const told = server.queues.length;
  later.seen = null;
  await sendRound(later);
  assert.equal(server.queues.length, told);
});

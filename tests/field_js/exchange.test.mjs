import assert from "node:assert/strict";
import { test } from "node:test";

import { Disk, html, makeServer, makeSession, makeVisit, PEOPLE, saving } from "./world.mjs";

const { countRecords, exportRecords, importRecords, listRecords, readPhoto, saveVisit } = await import("../../static/field/queue.js");
const { sendRound } = await import("../../static/field/send.js");

const BYTES = new Uint8Array(70_000).map((_, place) => place % 251);

async function setUp() {
  const server = makeServer();
  const session = await makeSession();
  const [plain, withPhoto] = [makeVisit(), makeVisit({ outcome: "supports" })];
  await saveVisit(session, saving(plain));
  await saveVisit(session, saving(withPhoto, { photo: new Blob([BYTES], { type: "image/jpeg" }) }));
  return { server, session, plain, withPhoto };
}

test("a queue saved as a file is sent from another machine, photos included, and recorded once", async () => {
  const { server, session, plain, withPhoto } = await setUp();
  const file = await (await exportRecords(session)).text();
  server.signIn(PEOPLE.wu);
  const machine = await makeSession(new Disk());

  assert.deepEqual(await importRecords(machine, file), { added: 2, known: 0, refused: [] });
  assert.deepEqual(await importRecords(machine, file), { added: 0, known: 2, refused: [] });
  await sendRound(machine);
  server.signIn(PEOPLE.chen);
  await session.refresh();
  await sendRound(session);
  assert.deepEqual([...server.visits.keys()], [plain.client_id, withPhoto.client_id]);
  assert.deepEqual(server.photos[0].bytes, BYTES);
  assert.deepEqual((await listRecords(session)).map((record) => record.state), ["recorded", "recorded"]);
});

test("the file says what it is and who saved it, and holds nothing that the server has in full", async () => {
  const { session } = await setUp();
  await sendRound(session);
  const late = await saveVisit(session, saving(makeVisit()));
  const file = JSON.parse(await (await exportRecords(session)).text());

  assert.deepEqual([file.format, file.version, file.person.name], ["gongdi-field-records", 1, "陈刚"]);
  assert.deepEqual(file.records.map((record) => record.clientId), [late.clientId]);
});

test("records can be saved alone", async () => {
  const { session, withPhoto } = await setUp();
  const file = JSON.parse(await (await exportRecords(session, [withPhoto.client_id])).text());

  assert.deepEqual(file.records.map((record) => record.visit), [withPhoto]);
  assert.match(file.records[0].photos[0].data, /^data:image\/jpeg;base64,/);
});

test("a recorded visit whose photo waits is in the file, and its photo arrives from there", async () => {
  const { server, session } = await setUp();
  server.faults = [null, html(500)];
  await sendRound(session);
  const file = await (await exportRecords(session)).text();
  const machine = await makeSession(new Disk());

  assert.equal((await importRecords(machine, file)).added, 1);
  await sendRound(machine);
  assert.deepEqual([server.visits.size, server.photos.length], [2, 1]);
});

test("a file that is none, or of a later version, is refused as a whole", async () => {
  const { session } = await setUp();
  const told = async (text) => (await importRecords(session, text)).refused;

  assert.deepEqual(await told("{"), ["import_unreadable"]);
  assert.deepEqual(await told("null"), ["import_unreadable"]);
  assert.deepEqual(await told(JSON.stringify({ format: "gongdi-field-records", version: 1 })), ["import_unreadable"]);
  assert.deepEqual(await told(JSON.stringify({ format: "gongdi-field-records", version: 2, records: [] })), ["import_version"]);
});

test("a record that cannot be one is refused, and the others are taken", async () => {
  const { session } = await setUp();
  const file = JSON.parse(await (await exportRecords(session)).text());
  const [good] = file.records;
  const other = { ...good, clientId: crypto.randomUUID() };
  const bad = [
    null,
    7,
    {},
    { ...other },
    { ...good, survey: "17" },
    { ...good, household: -1 },
    { ...good, visit: null },
    { ...good, visit: { ...good.visit, household: 1 } },
    ...[
      { visited_at: "yesterday" }, // no view could say when
      { visited_at: 7 },
      { outcome: null },
      { party: "grid" },
      { reasons: [{}] },
      { note: {} },
      { round: "2" },
      { commitments: [] },
      { supersedes: 3 },
    ].map((wrong) => ({ ...other, visit: { ...good.visit, client_id: other.clientId, ...wrong } })),
    { ...good, door: { unit: {} } },
    { ...good, photos: "x" },
    { ...good, photos: [{ data: "data:text/html;base64,AAAA" }] },
    { ...good, photos: [{ data: "data:image/png;base64,<script>" }] },
    { ...good, clientId: "x", visit: { ...good.visit, client_id: "x" } },
  ];
  const fresh = makeVisit();
  const taken = { ...good, clientId: fresh.client_id, visit: fresh, household: fresh.household };
  const answer = await importRecords(session, JSON.stringify({ ...file, records: [...bad, taken] }));

  assert.deepEqual([answer.added, answer.known, answer.refused.length], [1, 0, bad.length]);
  assert.deepEqual(new Set(answer.refused), new Set(["import_record"]));
});

test("what is here already is not touched by a file", async () => {
  const { session, plain } = await setUp();
  const file = JSON.parse(await (await exportRecords(session)).text());
  file.records[0].visit.outcome = "opposes";
  const answer = await importRecords(session, JSON.stringify(file));

  assert.deepEqual([answer.added, answer.known], [0, 2]);
  assert.equal((await listRecords(session))[0].visit.outcome, plain.outcome);
});

test("an imported photo is in the queue of whoever imports it", async () => {
  const { server, session } = await setUp();
  const file = await (await exportRecords(session)).text();
  server.signIn(PEOPLE.wu);
  const machine = await makeSession(new Disk());
  await importRecords(machine, file);

  assert.equal((await countRecords(machine)).photos, 1);
  const [, { photos }] = await listRecords(machine);
  assert.equal((await readPhoto(machine, photos[0].id)).size, BYTES.length);
});

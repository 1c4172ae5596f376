import assert from "node:assert/strict";
import { test } from "node:test";

import "./world.mjs";

const { KeyMissing, keyOf, MemoryStore, openStore, seal, unseal } = await import("../../static/field/store.js");

const secret = (fill) => btoa(String.fromCharCode(...new Uint8Array(32).fill(fill)));

test("what is sealed can be opened with a key of the same secret, and holds no word in plain", async () => {
  const sealed = await seal(await keyOf(secret(1), 7), { note: "先修排水", list: [1, null] });

  assert.deepEqual(await unseal(await keyOf(secret(1), 7), sealed), { note: "先修排水", list: [1, null] });
  assert.equal(Buffer.from(sealed.data).includes(Buffer.from("先修排水")), false);
  assert.equal(sealed.iv.length, 12);
});

test("a key of another secret opens nothing", async () => {
  const sealed = await seal(await keyOf(secret(1), 7), "x");
  const other = await keyOf(secret(2), 7);

  await assert.rejects(unseal(other, sealed), KeyMissing);
  await assert.rejects(unseal({ ...other, id: sealed.key }, sealed), KeyMissing);
  await assert.rejects(unseal(undefined, sealed), KeyMissing);
});

test("a key cannot be read out again", async () => {
  const { key } = await keyOf(secret(1), 7);

  assert.equal(key.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("raw", key));
});

test("the same content is sealed differently each time", async () => {
  const key = await keyOf(secret(1), 7);
  const [one, other] = [await seal(key, "x"), await seal(key, "x")];

  assert.notDeepEqual(one.iv, other.iv);
  assert.notDeepEqual(new Uint8Array(one.data), new Uint8Array(other.data));
});

test("pictures stay binary and keep their type", async () => {
  const key = await keyOf(secret(1), 7);
  const bytes = new Uint8Array([0, 255, 128, 10]);
  const opened = await unseal(key, await seal(key, new Blob([bytes], { type: "image/jpeg" })));

  assert.equal(opened.type, "image/jpeg");
  assert.deepEqual(new Uint8Array(await opened.arrayBuffer()), bytes);
  assert.deepEqual(new Uint8Array(await unseal(key, await seal(key, bytes.buffer))), bytes);
});

test("a secret that is none is not taken", async () => {
  await assert.rejects(keyOf("", 7));
  await assert.rejects(keyOf("%%%", 7));
});

test("without a browser's store there is a memory, which says so", async () => {
  const store = await openStore();

  await store.putSetting("a", 1);
  assert.equal(store.isKept, false);
  assert.equal(await store.setting("a"), 1);
  assert.equal(await store.setting("b"), undefined);
});

test("a store that refuses to open becomes a memory", async () => {
  globalThis.indexedDB = {
    open() {
      throw new DOMException("The operation is insecure.", "SecurityError");
    },
  };

  try {
    assert.equal((await openStore()).isKept, false);
  } finally {
    delete globalThis.indexedDB;
  }
});

test("a change that raises has no effect", async () => {
  const store = new MemoryStore();
  await store.putSetting("a", 1);
  const broken = store.change(["settings"], async (tx) => {
    await tx.put("settings", { name: "a", value: 2 });
    throw new Error("no");
  });

  await assert.rejects(broken, /no/);
  assert.equal(await store.setting("a"), 1);
});

test("changes of a memory come one after the other", async () => {
  const store = new MemoryStore();
  await store.putSetting("a", 0);
  const add = () =>
    store.change(["settings"], async (tx) => {
      const { value } = await tx.get("settings", "a");
      await new Promise((resolve) => setTimeout(resolve, 1));
      await tx.put("settings", { name: "a", value: value + 1 });
    });

  await Promise.all([add(), add(), add()]);
  assert.equal(await store.setting("a"), 3);
});

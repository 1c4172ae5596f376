import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { bytesOf, canonical, examine, hex, leafHash, rootOf } from "../../static/js/proof.js";

// The worked example of docs/ledger.md.
const receipt = JSON.parse(readFileSync(new URL("../../docs/examples/receipt.json", import.meta.url), "utf8"));
const survey = JSON.parse(readFileSync(new URL("../../docs/examples/survey.json", import.meta.url), "utf8"));
const changed = (change) => {
  const copy = structuredClone(receipt);
  change(copy);
  return examine(copy);
};

test("the example's receipt holds, with its signature", async () => {
  const found = await examine(receipt);

  assert.deepEqual([found.included, found.signed, found.root], [true, true, receipt.head.root_hash]);
});

test("without what opens its hashes it holds as well", async () => {
  const { door: _door, private: _private, ...bare } = receipt;

  assert.equal((await examine(bare)).included, true);
});

test("every leaf leads to the head of every size, and to no other", async () => {
  const hashes = await Promise.all(survey.leaves.map(leafHash));
  const treeOf = async (leaves) => {
    if (leaves.length === 1) return { root: leaves[0], proofs: [[]] };
    let left = 1;
    while (left * 2 < leaves.length) left *= 2;
    const [a, b] = [await treeOf(leaves.slice(0, left)), await treeOf(leaves.slice(left))];
    const node = new Uint8Array([1, ...a.root, ...b.root]);
    const root = new Uint8Array(await crypto.subtle.digest("SHA-256", node));
    return { root, proofs: [...a.proofs.map((one) => [...one, b.root]), ...b.proofs.map((one) => [...one, a.root])] };
  };
  for (let size = 1; size <= hashes.length; size += 1) {
    const { root, proofs } = await treeOf(hashes.slice(0, size));
    for (let index = 0; index < size; index += 1) {
      assert.equal(hex(await rootOf(hashes[index], index, size, proofs[index])), hex(root));
    }
    if (size > 1) assert.notEqual(hex(await rootOf(hashes[1], 0, size, proofs[0])), hex(root));
  }
});

test("whatever is changed is seen", async () => {
  const changes = [
    (one) => { one.leaf.outcome = "opposes"; },
    (one) => { one.leaf.sequence += 1; },
    (one) => { one.proof.pop(); },
    (one) => { one.proof.push(one.proof[0]); },
    (one) => { one.head.root_hash = "0".repeat(64); },
    (one) => { one.head.size += 1; },
    (one) => { one.head.ledger = "0".repeat(32); },
    (one) => { delete one.leaf; },
    (one) => { one.proof[0] = "no digits"; },
  ];

  for (const change of changes) {
    const found = await changed(change);
    assert.equal(found.included && found.signed !== false, false, String(change));
  }
  const forged = [
    (one) => { one.head.signature = one.head.signature.replace(/^./, (digit) => (digit === "0" ? "1" : "0")); },
    (one) => { one.head.timestamp = one.leaf.recorded_at.replace("2026", "2025"); },
    (one) => { one.key.public_key = "0".repeat(64); },
  ];
  for (const change of forged) assert.equal((await changed(change)).signed, false, String(change));
});

test("a browser that does not know Ed25519 says so, and a key that is none signs nothing", async (context) => {
  const id = async (key) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(key)))).slice(0, 16);
  const short = receipt.key.public_key.slice(2);
  const name = await id(short);

  const found = await changed((one) => {
    one.key = { ...one.key, public_key: short, id: name };
    one.head.key_id = name;
  });
  assert.deepEqual([found.included, found.signed], [true, false]);

  context.mock.method(crypto.subtle, "importKey", async () => {
    throw new DOMException("unknown algorithm", "NotSupportedError");
  });
  assert.equal((await examine(receipt)).signed, null);
});

test("canonical JSON is spelled as the ledger spells it", () => {
  const value = { b: [1, null, true], a: 'x"\\\u0001\n', 九: { z: "", y: {} } };

  assert.equal(canonical(value), '{"a":"x\\"\\\\\\u0001\\n","b":[1,null,true],"九":{"y":{},"z":""}}');
  assert.throws(() => canonical({ rate: 0.5 }));
  assert.throws(() => bytesOf("abc"));
});

// What docs/ledger.md says of a receipt, reckoned in the browser: leaf, inclusion proof, head, signature.
// Nothing of the page and nothing of the server's is used here, so that a test can run it by itself.

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);
const HEAD = "gongdi/tree-head/1\n";
const utf8 = new TextEncoder();

/** Canonical JSON (RFC 8785, of it only what ledgers use): members sorted, no white space. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new RangeError("no integer of a ledger");
  return JSON.stringify(value);
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function bytesOf(text) {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new RangeError("no hexadecimal digits");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

async function sha256(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

/** The hash of a visit: SHA-256(0x00 || canonical JSON). */
export const leafHash = (leaf) => sha256(LEAF, utf8.encode(canonical(leaf)));

/** The root that leaf `index` of `size` and the nodes beside its way give; throws where they do not fit. */
export async function rootOf(hash, index, size, nodes) {
  if (!(index >= 0 && index < size)) throw new RangeError("no such leaf");
  if (size === 1) {
    if (nodes.length > 0) throw new RangeError("nodes to spare");
    return hash;
  }
  if (nodes.length === 0) throw new RangeError("a node is missing");
  let left = 1;
  while (left * 2 < size) left *= 2;
  const last = nodes[nodes.length - 1];
  const rest = nodes.slice(0, -1);
  if (index < left) return sha256(NODE, await rootOf(hash, index, left, rest), last);
  return sha256(NODE, last, await rootOf(hash, index - left, size - left, rest));
}

/** Whether the head is signed with the key; null where this browser does not know Ed25519. */
async function isSigned(head, key) {
  const { ledger, root_hash, size, timestamp } = head;
  const signed = utf8.encode(HEAD + canonical({ ledger, root_hash, size, timestamp }));
  const raw = bytesOf(key.public_key);
  if (hex(await sha256(raw)).slice(0, 16) !== head.key_id || key.id !== head.key_id) return false;
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  } catch (error) {
    // Any other refusal is of the key itself: then nothing is signed with it.
    return error.name === "NotSupportedError" ? null : false;
  }
  return crypto.subtle.verify("Ed25519", imported, bytesOf(head.signature), signed);
}

/** What can be said of a receipt: `{ leaf, root, included, signed }`, hashes in hexadecimal. Never throws. */
export async function examine(receipt) {
  const found = { leaf: "", root: "", included: false, signed: false };
  try {
    const { leaf, head, key, proof } = receipt;
    const hash = await leafHash(leaf);
    found.leaf = hex(hash);
    found.root = hex(await rootOf(hash, leaf.sequence, head.size, proof.map(bytesOf)));
    found.included = leaf.ledger === head.ledger && found.root === head.root_hash;
    found.signed = await isSigned(head, key);
  } catch {
    found.included = false;
  }
  return found;
}

// What stays on the phone: tables of an IndexedDB, their content sealed. Rows carry in plain only ids, user, survey,
// state, counts and times. docs/field.md says what each table holds.

const NAME = "gongdi-field";
const VERSION = 1;
const OPENING = 8_000; // ms; a browser that hangs longer gets the memory instead
const TABLES = {
  settings: "name",
  keys: "id",
  packs: ["user", "survey"],
  records: "clientId",
  drafts: ["user", "survey", "household"],
  photos: "id",
};

/** The phone has no room for what was to be written: nothing of it was. */
export class StorageFull extends Error {
  constructor(cause) {
    super("storage full", { cause });
    this.name = "StorageFull";
  }
}

/** A value sealed with a key that is not here: of another person, or of an earlier secret. */
export class KeyMissing extends Error {
  constructor(cause) {
    super("key missing", { cause });
    this.name = "KeyMissing";
  }
}

/**
 * The phone's store. `read(tables, work)` and `change(tables, work, {strict})` run `work(tx)` in one transaction, in
 * which nothing else may be awaited; `change` is on disk when it resolves (with `strict`, as far as the browser can
 * say) and has no effect when it raises. In a browser that keeps nothing, `isKept` is false and it ends with the page.
 */
export async function openStore() {
  try {
    if (globalThis.indexedDB && globalThis.crypto?.subtle) {
      const store = new DiskStore();
      await store.connect();
      return store;
    }
  } catch {
    // Refused: private mode, a policy, a full disk.
  }
  return new MemoryStore();
}

class Store {
  /** A setting, or undefined. */
  async setting(name) {
    return (await this.read(["settings"], (tx) => tx.get("settings", name)))?.value;
  }

  /** Keeps a setting. What people said does not belong here: it is not sealed. */
  async putSetting(name, value) {
    await this.change(["settings"], (tx) => tx.put("settings", { name, value }));
  }
}

class DiskStore extends Store {
  isKept = true;
  #connection = null;

  connect() {
    this.#connection ??= this.#open().catch((error) => {
      this.#connection = null;
      throw error;
    });
    return this.#connection;
  }

  read(tables, work) {
    return this.#run(tables, "readonly", work, {});
  }

  change(tables, work, { strict = false } = {}) {
    return this.#run(tables, "readwrite", work, strict ? { durability: "strict" } : {});
  }

  async #open() {
    let database;
    try {
      database = await opened(VERSION);
    } catch (error) {
      // A newer page has been here, and this older one is back (a deploy undone): its rows are still ours to send.
      if (error?.name !== "VersionError") throw error;
      database = await opened();
    }
    // A newer page waits to upgrade. The next transaction of this one opens what the upgrade has left.
    const close = () => {
      database.close();
      this.#connection = null;
    };
    database.onversionchange = close;
    database.onclose = close;
    return database;
  }

  async #run(tables, mode, work, options, isSecond = false) {
    const database = await this.connect();
    let transaction;
    try {
      transaction = database.transaction(tables, mode, options);
    } catch (error) {
      // The browser may let go of a connection by itself, above all while the page sleeps.
      if (error?.name !== "InvalidStateError" || isSecond) throw error;
      this.#connection = null;
      return this.#run(tables, mode, work, options, true);
    }
    const ended = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    });
    ended.catch(() => {});
    try {
      const result = await work(new DiskTables(transaction));
      await ended;
      return result;
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It has ended already.
      }
      await ended.catch(() => {});
      const cause = transaction.error ?? error;
      throw cause?.name === "QuotaExceededError" || error?.name === "QuotaExceededError"
        ? new StorageFull(cause)
        : error;
    }
  }
}

class DiskTables {
  constructor(transaction) {
    this.transaction = transaction;
  }

  get(table, key) {
    return answer(this.transaction.objectStore(table).get(key));
  }

  all(table, user) {
    const source = this.transaction.objectStore(table);
    return answer(user === undefined ? source.getAll() : source.index("user").getAll(user));
  }

  put(table, row) {
    return answer(this.transaction.objectStore(table).put(row));
  }

  delete(table, key) {
    return answer(this.transaction.objectStore(table).delete(key));
  }

  /** Deletes all rows of a user without reading them: photos are large. */
  async deleteOf(table, user) {
    const source = this.transaction.objectStore(table);
    for (const key of await answer(source.index("user").getAllKeys(user))) source.delete(key);
  }
}

function opened(version) {
  return new Promise((resolve, reject) => {
    const request = version === undefined ? indexedDB.open(NAME) : indexedDB.open(NAME, version);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new Error("The store does not open."));
    }, OPENING);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(TABLES)) {
        if (!request.result.objectStoreNames.contains(name)) {
          request.result.createObjectStore(name, { keyPath }).createIndex("user", "user");
        }
      }
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      if (isLate) request.result.close();
      else resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error);
    };
  });
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The same store for as long as the page lives. */
export class MemoryStore extends Store {
  isKept = false;
  #tables = Object.fromEntries(Object.keys(TABLES).map((name) => [name, new Map()]));
  #last = Promise.resolve();

  read(_tables, work) {
    return this.#inTurn(() => work(new MemoryTables(this.#tables)));
  }

  change(tables, work) {
    return this.#inTurn(async () => {
      const before = tables.map((name) => [name, new Map(this.#tables[name])]);
      try {
        return await work(new MemoryTables(this.#tables));
      } catch (error) {
        for (const [name, rows] of before) this.#tables[name] = rows;
        throw error;
      }
    });
  }

  #inTurn(work) {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

class MemoryTables {
  constructor(tables) {
    this.tables = tables;
  }

  async get(table, key) {
    const row = this.tables[table].get(JSON.stringify(key));
    return row && { ...row };
  }

  async all(table, user) {
    const rows = [...this.tables[table].values()].map((row) => ({ ...row }));
    return user === undefined ? rows : rows.filter((row) => row.user === user);
  }

  async put(table, row) {
    const path = TABLES[table];
    const key = Array.isArray(path) ? path.map((name) => row[name]) : row[path];
    this.tables[table].set(JSON.stringify(key), { ...row });
  }

  async delete(table, key) {
    this.tables[table].delete(JSON.stringify(key));
  }

  async deleteOf(table, user) {
    for (const [key, row] of this.tables[table]) if (row.user === user) this.tables[table].delete(key);
  }
}

/**
 * A key made of the secret that the server keeps for one person on this phone: `{id, user, key}`. The secret cannot be
 * read back from it. Where the browser has no cryptography (no TLS), nothing is kept either, and `key` is null.
 */
export async function keyOf(secret, user) {
  const bytes = Uint8Array.from(atob(secret), (letter) => letter.charCodeAt(0));
  if (bytes.length < 32) throw new TypeError("The secret is too short.");
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return { id: `${user}:none`, user, key: null };
  const root = await subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey", "deriveBits"]);
  const use = (info) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: new TextEncoder().encode(`gongdi-field ${info}`),
  });
  const key = await subtle.deriveKey(use("rows"), root, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const mark = new Uint8Array(await subtle.deriveBits(use("name of the key"), root, 64));
  return { id: `${user}:${[...mark].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`, user, key };
}

/** Seals a value: JSON, or a Blob or ArrayBuffer, which stays binary. */
export async function seal(key, value) {
  const isBlob = value instanceof Blob;
  const isBinary = isBlob || value instanceof ArrayBuffer;
  const kind = isBlob ? "blob" : isBinary ? "bytes" : "json";
  const plain = isBlob
    ? await value.arrayBuffer()
    : isBinary
      ? value
      : new TextEncoder().encode(JSON.stringify(value ?? null));
  const sealed = { key: key.id, kind, ...(isBlob ? { type: value.type } : {}) };
  if (!key.key) return { ...sealed, data: plain };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { ...sealed, iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key.key, plain) };
}

/** The value again. Raises KeyMissing where this key does not open it. */
export async function unseal(key, sealed) {
  if (!key || !sealed || sealed.key !== key.id) throw new KeyMissing();
  let plain = sealed.data;
  if (key.key) {
    try {
      plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, key.key, sealed.data);
    } catch (error) {
      throw new KeyMissing(error);
    }
  }
  if (sealed.kind === "blob") return new Blob([plain], { type: sealed.type });
  return sealed.kind === "bytes" ? plain : JSON.parse(new TextDecoder().decode(plain));
}

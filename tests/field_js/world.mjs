// The world around the modules: a server that can be told to fail, and phones whose store is a memory.

import { webcrypto } from "node:crypto";
import { setMaxListeners } from "node:events";

globalThis.crypto ??= webcrypto; // node 18 does not have it in the open
setMaxListeners(0, (await import("../../static/field/changes.js")).changes); // many phones in one process

const { MemoryStore, StorageFull } = await import("../../static/field/store.js");
const { startSession } = await import("../../static/field/session.js");

/** A memory that takes itself for a disk, and can be full. */
export class Disk extends MemoryStore {
  isKept = true;
  isFull = false;

  change(tables, work, options) {
    if (!this.isFull) return super.change(tables, work, options);
    return super.change(tables, (tx) => work(new Proxy(tx, { get: (rows, name) => this.#rowsOf(rows, name) })), options);
  }

  // What is there may be read and deleted.
  #rowsOf(rows, name) {
    if (name !== "put") return rows[name].bind(rows);
    return async () => {
      throw new StorageFull();
    };
  }
}

export const PEOPLE = {
  chen: { id: 7, name: "陈刚", unit: "", username: "chen" },
  wu: { id: 8, name: "吴芳", unit: "", username: "wu" },
};

/** Records visits as the API does: each client id once, another content under it refused. */
export class Server {
  user = PEOPLE.chen;
  token = "token-1";
  visits = new Map(); // client id -> visit
  photos = [];
  handed = [];
  queues = [];
  refuses = () => []; // errors of one visit
  secrets = {};
  asked = []; // `METHOD path` of everything that arrived
  batches = []; // client ids of each batch that arrived
  isSessionOver = false;
  faults = []; // functions that answer the next questions for visits or photos; null lets one pass
  before = null; // called before a question for visits is looked at
  hellos = 0;

  signIn(user) {
    this.user = user;
    this.token = `token-${Math.random()}`;
    this.isSessionOver = false;
  }

  fetch = async (address, options = {}) => {
    const url = new URL(address, "http://field.test");
    if (this.isUnreachable) throw new TypeError("fetch failed");
    this.asked.push(`${options.method ?? "GET"} ${url.pathname}`);
    if (url.pathname === "/field/hello/") return this.#hello(url);
    const isWork = /(visits|photos)\/$/.test(url.pathname);
    if (isWork) await this.before?.();
    const fault = isWork ? this.faults.shift() : null;
    if (fault) {
      const answer = await fault(() => this.#answer(url, options), options);
      if (answer) return answer;
    }
    return this.#answer(url, options);
  };

  #hello(url) {
    this.hellos += 1;
    if (this.isSessionOver) return problem(401, "not_authenticated");
    const phone = url.searchParams.get("phone");
    const fresh = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
    const secret = phone && (this.secrets[`${phone}/${this.user.id}`] ??= fresh());
    const now = new Date(Date.now() - (this.phoneIsAhead ?? 0) * 1000).toISOString();
    return json({
      user: this.user, secret, now, csrf: this.token, session: `of ${this.token}`, language: "zh-hans", version: "1",
      parties: ["grid"], surveys: [{ id: 17, title: "一", left: 3 }], handed: this.handed,
    });
  }

  #answer(url, { body, headers = {}, method }) {
    if (url.pathname === "/accounts/logout/") {
      if (headers["X-CSRFToken"] !== this.token) return problem(403, "permission_denied", "CSRF Failed: token.");
      this.isSessionOver = true;
      return { ok: false, status: 0, type: "opaqueredirect", headers: new Headers() };
    }
    if (this.isSessionOver) return problem(401, "not_authenticated");
    if (method === "POST" && headers["X-CSRFToken"] !== this.token) {
      return problem(403, "permission_denied", "CSRF Failed: CSRF token from the header is incorrect.");
    }
    if (url.pathname.endsWith("/visits/")) return this.#take(JSON.parse(body).visits);
    if (url.pathname.endsWith("/photos/")) return this.#photo(body);
    if (url.pathname.endsWith("/handed/")) return this.#hand(JSON.parse(body));
    if (url.pathname.endsWith("/seen/")) {
      this.queues.push(JSON.parse(body).queues);
      return new Response(null, { status: 204 });
    }
    return problem(404, "not_found");
  }

  #take(visits) {
    this.batches.push(visits.map((visit) => visit.client_id));
    return json({ results: visits.map((visit) => this.#result(visit)), tree: { size: this.visits.size, root_hash: "" } });
  }

  #result(visit) {
    const said = { client_id: visit.client_id, sequence: null, receipt_code: null, errors: [], others: [] };
    const known = this.visits.get(visit.client_id);
    const refused = (code) => ({ ...said, status: "rejected", errors: [{ code, detail: `words for ${code}` }] });
    if (known && JSON.stringify(known.visit) !== JSON.stringify(visit)) return refused("client_id_reused");
    if (known) return { ...said, status: "duplicate", sequence: known.sequence, receipt_code: known.receipt };
    if (visit.supersedes && !this.visits.has(visit.supersedes)) return refused("supersedes_unknown");
    const [code] = this.refuses(visit);
    if (code) return refused(code);
    const kept = { visit, sequence: this.visits.size, receipt: `R${this.visits.size}`, by: this.user.id };
    this.visits.set(visit.client_id, kept);
    return { ...said, status: "recorded", sequence: kept.sequence, receipt_code: kept.receipt };
  }

  async #photo(form) {
    const clientId = form.get("client_id");
    if (!this.visits.has(clientId)) return problem(404, "visit_unknown", "Send the visit first.");
    const file = form.get("file");
    this.photos.push({ clientId, bytes: new Uint8Array(await file.arrayBuffer()), type: file.type });
    return json({ id: 1 }, 201);
  }

  #hand({ visit, errors }) {
    const there = this.handed.find((one) => one.client_id === visit.client_id);
    if (!there) this.handed.push({ client_id: visit.client_id, status: "waiting", sequence: null, receipt_code: null, reason: "" });
    this.handedErrors = errors;
    return json({ client_id: visit.client_id, status: "waiting" }, there ? 200 : 201);
  }

  outcomes() {
    return Object.fromEntries([...this.visits.values()].map(({ visit }) => [visit.household, visit.outcome]));
  }
}

export function json(body, status = 200) {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

export function problem(status, code, detail = code, headers = {}) {
  const body = JSON.stringify({ type: `/problems/${code}`, status, code, detail });
  return new Response(body, { status, headers: { "Content-Type": "application/problem+json", ...headers } });
}

export const html = (status) => () => new Response("<h1>no</h1>", { status, headers: { "Content-Type": "text/html" } });

/** A server in force, as `fetch` of everything that follows. */
export function makeServer() {
  const server = new Server();
  globalThis.fetch = server.fetch;
  return server;
}

export async function makeSession(store = new Disk()) {
  return startSession({ store });
}

export const DOOR = { building: "3", stairwell: "2", unit: "401" };

let doors = 0;

/** A visit as api.md has it; a new door each time. */
export function makeVisit(more = {}) {
  doors += 1;
  return {
    client_id: crypto.randomUUID(),
    household: 1000 + doors,
    outcome: "no_answer",
    visited_at: "2026-11-24T10:05:00+08:00",
    party: ["grid"],
    note: "先修排水",
    round: 2,
    ...more,
  };
}

export function saving(visit, more = {}) {
  return { survey: 17, door: { ...DOOR, household: visit.household }, visit, photo: null, ...more };
}

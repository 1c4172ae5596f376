// Who uses this phone, and what the server last said to that person. One person at a time: the key of whoever was here
// before is deleted, so that their rows stay sealed until they sign in again.

import { announce, changes } from "./changes.js";
import { ask, Problem, Unreadable } from "./net.js";
import { isFresh } from "./packs.js";
import { KeyMissing, keyOf, openStore, seal, StorageFull, unseal } from "./store.js";
import { newClientId } from "./visit.js";

const HELLO = "/field/hello/";
const SIGN_OUT = "/accounts/logout/";
const KEPT_HOURS = 72;
const HOUR = 3_600_000; // ms
const CLOCK_HOLDS = 12 * HOUR;
const ALL = ["settings", "keys", "packs", "records", "drafts", "photos"];

/**
 * Opens the store and says who is here. Online it waits for the server's word up to `wait` ms, so that a second person
 * on the phone does not see what the first one left; without a network it goes on with the person who was here last.
 */
export async function startSession({ wait = 2_500, store = null } = {}) {
  const session = new Session(store ?? (await openStore()));
  await session.load();
  const heard = session.refresh();
  if (session.person) {
    let timer;
    await Promise.race([heard, new Promise((resolve) => (timer = setTimeout(resolve, wait)))]);
    clearTimeout(timer);
  } else {
    await heard;
  }
  await session.purge();
  return session;
}

class Session {
  person = null; // {id, name, unit, username}
  phone = null;
  surveys = [];
  parties = [];
  handed = [];
  language = null;
  version = null; // of the page, as the server has it
  signedIn = null; // true, false, or null: not known, there was no answer
  trouble = null; // why the last hello had no good answer: Problem, Unreachable or Unreadable
  heardAt = 0; // ms, the server's last good answer
  csrf = "";
  hasWorker = true; // else the page itself opens only with a network
  drafts = new Map(); // not yet written; see drafts.js
  records = new Map(); // unsealed ones; see queue.js
  packs = new Map(); // those at hand; see packs.js
  unreadable = new Set(); // client ids of rows that no key of this person opens
  #keys = new Map();
  #key = null;
  #choices = new Map(); // parties of today's outings
  #hearing = null;
  #taking = null;
  #takesKeys = true;
  #isPhoneKept = false;
  #leavings = 0;
  #isLeaving = false; // signing out this moment
  #session = null; // the server's own session, by a mark of it
  #clock = { ahead: 0, at: 0 }; // seconds, and when that was heard, in ms by this phone
  #ownSecret = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))); // of a memory

  constructor(store) {
    this.store = store;
    // Another tab has changed the person: this one must not go on with the former.
    changes.addEventListener("change", (event) => {
      if (event.isOwn || event.detail.kind !== "person" || event.detail.user === (this.person?.id ?? null)) return;
      this.#leavings += 1; // an answer that is on its way is of the former person
      this.load().then(() => changes.dispatchEvent(new Event("heard")));
    });
  }

  /** Whether what is saved here outlives the page. */
  get isKept() {
    return this.store.isKept && this.#takesKeys && this.#isPhoneKept;
  }

  /** Seconds that this phone is ahead of the server: as heard during this outing, since clocks are set right, too. */
  get clockAhead() {
    const age = Date.now() - this.#clock.at;
    return age >= 0 && age < CLOCK_HOLDS ? this.#clock.ahead : 0;
  }

  /** Reads from the store who was here last, and what that person's key opens. */
  async load() {
    await this.#knowPhone();
    const found = await this.store.read(["settings", "keys"], async (tx) => {
      const user = (await tx.get("settings", "current"))?.value ?? null;
      return {
        person: user === null ? null : (await tx.get("settings", `person:${user}`))?.value,
        keys: user === null ? [] : await tx.all("keys", user),
        settings: user === null ? [] : await tx.all("settings", user),
      };
    });
    const newest = [...found.keys].sort((one, other) => (one.at < other.at ? -1 : 1)).pop();
    if (!found.person || !newest) {
      if (this.store.isKept && this.#takesKeys) this.#become(null, null, []);
      return;
    }
    const mine = this.person?.id === found.person.id ? [...this.#keys.values()] : [];
    this.#become(found.person, newest, [...mine, ...found.keys]);
    for (const row of found.settings) await this.#remember(row);
  }

  // Made once, whichever tab is first: the secrets that the store is sealed with hang on it. Where the disk is full, what
  // is saved outlives the page only once there is room for this.
  async #knowPhone() {
    // A browser that keeps nothing is a new one at each load: the server has no use for knowing it.
    if (!this.store.isKept || this.#isPhoneKept) return;
    const made = this.phone ?? newClientId();
    const kept = await this.#keep(async (tx) => {
      const there = await tx.get("settings", "phone");
      if (there) return there.value;
      await tx.put("settings", { name: "phone", value: made });
      return made;
    }, ["settings"]);
    this.#isPhoneKept = kept !== null;
    this.phone = kept ?? made;
  }

  async #remember(row) {
    if (!row.sealed) return;
    try {
      const value = await this.unseal(row.sealed);
      if (row.name.startsWith("said:")) this.#say(value);
      else if (row.name.startsWith("party:") && row.day === today()) this.#choices.set(row.survey, value);
    } catch (error) {
      if (!(error instanceof KeyMissing)) throw error;
    }
  }

  #say(said) {
    for (const name of ["surveys", "parties", "handed"]) if (Array.isArray(said[name])) this[name] = said[name];
    if (typeof said.language === "string") this.language = said.language;
    if (typeof said.version === "string") this.version = said.version;
    if (typeof said.session === "string") this.#session = said.session;
    if (Number.isFinite(said.clock?.ahead)) this.#clock = said.clock;
  }

  #become(person, key, keys) {
    const isOther = (person?.id ?? null) !== (this.person?.id ?? null);
    this.person = person;
    this.#key = key;
    this.#keys = new Map(keys.map((one) => [one.id, one]));
    if (!isOther) return;
    this.signedIn = null;
    this.csrf = "";
    this.#session = null;
    this.surveys = [];
    this.parties = [];
    this.handed = [];
    for (const kept of [this.#choices, this.drafts, this.records, this.packs, this.unreadable]) kept.clear();
  }

  /**
   * Asks the server who is signed in, and takes over what it says. Never raises: resolves to `signedIn`, and `trouble`
   * says what was wrong. Calls that come meanwhile share the answer.
   */
  refresh() {
    this.#hearing ??= this.#hear().finally(() => (this.#hearing = null));
    return this.#hearing;
  }

  async #hear() {
    const before = this.person?.id ?? null;
    const leavings = this.#leavings;
    try {
      await this.#knowPhone();
      if (await this.#endLeft()) return this.signedIn;
      const { said, clock } = await this.#hello();
      // Signed out while the answer was on its way: it must not bring the person back.
      if (leavings !== this.#leavings) return this.signedIn;
      await (this.#taking = this.#take(said, clock));
      this.signedIn = true;
      this.heardAt = Date.now();
      this.trouble = null;
    } catch (error) {
      this.trouble = error;
      this.signedIn = error instanceof Problem && error.status === 401 ? false : null;
    }
    if (before !== (this.person?.id ?? null)) announce({ kind: "person", user: this.person?.id ?? null });
    else changes.dispatchEvent(new Event("heard"));
    return this.signedIn;
  }

  async #hello() {
    const from = Date.now();
    const query = this.phone ? `?${new URLSearchParams({ phone: this.phone, name: deviceName() })}` : "";
    const { body } = await ask(`${HELLO}${query}`, { language: this.language });
    if (body && !this.phone) body.secret ??= this.#ownSecret;
    const isGood =
      body && Number.isInteger(body.user?.id) && typeof body.secret === "string" && typeof body.csrf === "string";
    if (!isGood) throw new Unreadable();
    const now = Date.parse(body.now);
    const ahead = Number.isFinite(now) ? Math.round(((from + Date.now()) / 2 - now) / 1000) : 0;
    return { said: body, clock: { ahead, at: Date.now() } };
  }

  async #take(said, clock) {
    const { id } = said.user;
    let key;
    try {
      key = { ...(await keyOf(said.secret, id)), at: new Date().toISOString() };
    } catch (error) {
      throw new Unreadable(error);
    }
    const isSame = this.person?.id === id;
    this.#become(said.user, key, [...(isSame ? this.#keys.values() : []), key]);
    this.csrf = said.csrf;
    this.#say({ ...said, clock });
    const sealed = await this.seal({
      surveys: this.surveys,
      parties: this.parties,
      handed: this.handed,
      language: this.language,
      version: this.version,
      session: this.#session,
      clock,
    });
    await this.#keep(async (tx) => {
      await tx.put("settings", { name: "current", value: id });
      await tx.put("settings", { name: `person:${id}`, user: id, value: said.user });
      await tx.put("settings", { name: `said:${id}`, user: id, at: new Date().toISOString(), sealed });
    }, ["settings"]);
    await this.#keepKey(key);
    // The former person's key goes; the same person's earlier ones stay as long as rows may need them.
    if (!isSame) await this.#loadKeys();
  }

  async #keepKey(key) {
    // By itself, since a full disk lets go of things and takes no new ones.
    await this.store.change(["keys"], async (tx) => {
      for (const row of await tx.all("keys")) if (row.user !== key.user) await tx.delete("keys", row.id);
    });
    try {
      await this.store.change(["keys"], (tx) => tx.put("keys", key));
    } catch (error) {
      if (error instanceof StorageFull) return; // in memory it works on, and the next hello tries again
      if (error?.name !== "DataCloneError") throw error;
      this.#takesKeys = false; // some browsers keep no keys in private mode: rows would stay sealed offline
    }
  }

  async #loadKeys() {
    const rows = await this.store.read(["keys"], (tx) => tx.all("keys", this.person.id));
    for (const row of rows) if (!this.#keys.has(row.id)) this.#keys.set(row.id, row);
  }

  // What is nice to have on the phone, and no loss where the disk is full.
  async #keep(work, tables) {
    try {
      return await this.store.change(tables, work);
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      return null;
    }
  }

  /** Seals a value with the key of the person here. */
  seal(value) {
    if (!this.#key) throw new KeyMissing();
    return seal(this.#key, value);
  }

  /** Opens what was sealed with any key of the person here; raises KeyMissing otherwise. */
  async unseal(sealed) {
    return unseal(this.#keys.get(sealed?.key), sealed);
  }

  /** Whether a key of the person here opens a row. */
  opens(row) {
    return row.user === this.person?.id && this.#keys.has(row.sealed?.key) && !this.unreadable.has(row.clientId);
  }

  /** Records on this phone that still have to go and that the person here cannot send: `[{name, count}]`. */
  async othersWaiting() {
    const [rows, settings] = await this.store.read(["records", "settings"], async (tx) => [
      await tx.all("records"),
      await tx.all("settings"),
    ]);
    const counts = new Map();
    for (const row of rows) {
      const isLeft = row.state === "waiting" || row.state === "refused" || row.photosWaiting > 0;
      if (isLeft && row.state !== "removed" && !this.opens(row)) counts.set(row.user, (counts.get(row.user) ?? 0) + 1);
    }
    const nameOf = (user) => settings.find((row) => row.name === `person:${user}`)?.value?.name ?? "";
    return [...counts].map(([user, count]) => ({ name: nameOf(user), count }));
  }

  /** The party of today's outing in a survey, else the one that this person usually goes in. */
  party(survey) {
    return this.#choices.get(Number(survey)) ?? this.parties;
  }

  /** Whether the party was chosen for today's outing. */
  hasParty(survey) {
    return this.#choices.has(Number(survey));
  }

  /** Keeps the party of the outing for the day. */
  async setParty(survey, list) {
    const user = this.person.id;
    this.#choices.set(Number(survey), [...list]);
    const row = { name: `party:${user}:${survey}`, user, survey: Number(survey), day: today() };
    row.sealed = await this.seal(list);
    await this.#keep((tx) => tx.put("settings", row), ["settings"]);
    announce({ kind: "party", survey: Number(survey) });
  }

  /**
   * Drops packs, and records that the server has with all their photos, after 72 hours, whoever's they are. What waits
   * or was refused stays, photos too, and so do drafts.
   */
  async purge(now = Date.now()) {
    const limit = new Date(now - KEPT_HOURS * HOUR).toISOString();
    await this.#keep(async (tx) => {
      for (const row of await tx.all("packs")) {
        if (!isFresh(row, now)) await tx.delete("packs", [row.user, row.survey]);
      }
      for (const row of await tx.all("records")) {
        const isDone = ["recorded", "handed", "removed"].includes(row.state) && !(row.photosLeft > 0);
        if (isDone && (row.settledAt ?? row.savedAt) < limit) await tx.delete("records", row.clientId);
      }
      for (const row of await tx.all("settings")) {
        const isOld = row.name.startsWith("party:") ? row.day !== today() : row.at < limit;
        if (isOld) await tx.delete("settings", row.name);
      }
    }, ["packs", "records", "settings"]);
  }

  /**
   * Wipes everything of this person from the phone, then ends the session at the server; without a network that
   * follows at the next contact, before anything else. The caller has asked first: what waits is gone.
   */
  async signOut() {
    this.#leavings += 1;
    await this.#taking?.catch(() => {}); // what it still writes is to be wiped, too
    const user = this.person?.id ?? null;
    const session = this.#session;
    if (user !== null) {
      await this.store.change(
        ALL,
        async (tx) => {
          for (const table of ALL) await tx.deleteOf(table, user);
          await tx.put("settings", { name: "current", value: null });
          await tx.put("settings", { name: "ending", value: { user, session } });
        },
        { strict: true },
      );
    }
    this.#become(null, null, []);
    this.csrf = "";
    announce({ kind: "person", user: null });
    announce({ kind: "records" });
    await this.#hearing;
    this.#isLeaving = true;
    await this.refresh();
    this.#isLeaving = false;
  }

  // Ends a session that was signed out of without a network. True where nothing more is to be heard.
  async #endLeft() {
    const ending = await this.store.setting("ending");
    if (!ending) return false;
    let isStill = false;
    try {
      const { said } = await this.#hello();
      // Signed in anew since then, it is another session, which stays.
      const isIt = this.#isLeaving || ending.session === null || ending.session === said.session;
      if (isIt && said.user.id === ending.user) {
        isStill = true;
        await this.#tellWiped(said.csrf);
        await leave(said.csrf);
        await this.#hello(); // raises 401 where it has worked
      }
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401)) throw error;
      await this.store.putSetting("ending", null);
      this.signedIn = false;
      this.trouble = error;
      return true;
    }
    if (isStill) throw new Unreadable();
    await this.store.putSetting("ending", null); // somebody has signed in meanwhile
    return false;
  }

  // The community's board counts what waits on phones: here nothing does any more. Only a courtesy.
  async #tellWiped(csrf) {
    if (!this.phone) return;
    await ask("/field/seen/", { json: { phone: this.phone, queues: [] }, csrf }).catch(() => {});
  }
}

// A form of a page for people: its answer is a redirect, which is all that has to be known.
async function leave(csrf) {
  try {
    await globalThis.fetch(SIGN_OUT, {
      method: "POST",
      headers: { "X-CSRFToken": csrf },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
    });
  } catch {
    // The question after it tells.
  }
}

/** The day in China, where the outings are. */
function today() {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date());
}

/** System and browser, for the list of phones at the server. */
function deviceName() {
  const { userAgentData, userAgent = "" } = globalThis.navigator ?? {};
  const system = userAgentData?.platform || /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(userAgent)?.[0] || "";
  const known = /(?:Edg|HuaweiBrowser|MiuiBrowser|Firefox|CriOS|Chrome|Version)\/\d+/.exec(userAgent)?.[0] || "";
  return [system, known.replace("Version/", "Safari/").replace("/", " ")].filter(Boolean).join(" · ").slice(0, 80);
}

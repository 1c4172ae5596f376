// A survey's buildings from the front, door by door: what is done, what is left, and who is next.

import { changes } from "../changes.js";
import {
  countsOf,
  elevationOf,
  eveningList,
  lookOf,
  missingFromParty,
  missingNow,
  nextDoor,
  withRecords,
} from "../doors.js";
import { count, moment } from "../figures.js";
import { keptPacks, openPack, packProblem, refreshPack, takeOffline } from "../packs.js";
import { listDrafts, listRecords } from "../queue.js";
import { packWith } from "./reach.js";

const MOST_DOORS_AT_ONCE = 150; // fewer show all their buildings below each other, more one building at a time
const FRESH_FOR = 60_000; // ms in which the server is not asked again: each saved door leads back here
const asked = new Map(); // by survey: when
const PARTY = ["owners_committee", "grid", "community"];

/** The doors of a survey as this phone knows them, those that were taken off the roll too. */
export async function doorsOf(session, pack) {
  const records = await listRecords(session, { survey: pack.survey.id });
  return withRecords(pack, records, session.person?.id ?? null);
}

export async function draw(context, { survey, query }) {
  const [building, from] = ["building", "from"].map((name) => Number(query.get(name)));
  const isThere = (door) => (building ? door.building === building : door.household === from);
  const pack = await packWith(context.session, survey, ({ doors }) => (!building && !from) || doors.some(isThere));
  return pack ? new Front(context, pack, query).made() : notHere(context, survey);
}

/** What is drawn where there is no pack, with the server's reason if it gave one. */
export function notHere(context, survey) {
  const made = context.notHere();
  const why = packProblem(survey)?.detail;
  if (why) made.querySelector("main p").textContent = why;
  return made;
}

class Front {
  #cells = new Map(); // by household: its node, and what was painted on it

  constructor(context, pack, query) {
    this.context = context;
    this.pack = pack;
    this.query = query;
    this.root = context.template("building");
    this.parts = [...this.root.children];
    this.here = `/field/surveys/${pack.survey.id}/`;
  }

  async made() {
    await this.#read();
    this.#choose();
    this.#drawHead();
    this.#drawParty();
    this.#drawFronts();
    this.#drawTaking();
    this.paint();
    this.#listen();
    requestAnimationFrame(() => this.#bringNextIn());
    return this.root;
  }

  /** A wide building is turned so that the door that comes next can be seen. */
  #bringNextIn() {
    const node = this.at("[data-next=true]");
    const front = node?.closest(".elevation");
    if (!front || front.scrollWidth <= front.clientWidth) return;
    const [door, frame] = [node.getBoundingClientRect(), front.getBoundingClientRect()];
    if (door.right > frame.right) front.scrollLeft += door.right - frame.right + door.width;
  }

  /** A part of the view, also once it stands in the page. */
  at(selector) {
    for (const part of this.parts) {
      const found = part.querySelector(selector);
      if (found) return found;
    }
    return null;
  }

  async #read() {
    const { session } = this.context;
    const [doors, drafts] = await Promise.all([
      doorsOf(session, this.pack),
      listDrafts(session, { survey: this.pack.survey.id }),
    ]);
    this.doors = doors.filter((door) => door.on_roll);
    this.drafts = new Set(drafts.map((draft) => draft.household));
  }

  /** The buildings that are shown: the one asked for or left, else all of a small survey, else the first due. */
  #choose() {
    const ids = new Set(this.doors.map((door) => door.building));
    this.buildings = this.pack.buildings;
    this.from = this.doors.find((door) => String(door.household) === this.query.get("from")) || null;
    const wanted = this.query.get("building") || String(this.from?.building ?? "");
    const kept = this.buildings.filter((building) => ids.has(building.id));
    this.shown = this.buildings.filter((building) => String(building.id) === wanted);
    if (!this.shown.length && this.doors.length <= MOST_DOORS_AT_ONCE) this.shown = kept;
    if (!this.shown.length) {
      const due = kept.find(({ id }) => this.doors.some((door) => door.building === id && door.listed === "due"));
      this.shown = [due || kept[0]].filter(Boolean);
    }
    this.ids = new Set(this.shown.map((building) => building.id));
    this.missing = !kept.length ? "none" : this.shown.some((building) => ids.has(building.id)) ? "" : "left";
  }

  #drawHead() {
    const { text } = this.context;
    const { survey } = this.pack;
    const [first, ...more] = this.shown;
    const name = first && !more.length ? text("building.name", { number: first.number }) : survey.neighbourhood;
    const between = survey.is_open ? "round.none" : "building.closed";
    const round = text(survey.round ? `round.${survey.round}` : between);
    this.at("h1").textContent = name;
    this.at(".field-top p").textContent = name === survey.neighbourhood ? round : `${survey.neighbourhood} · ${round}`;
    this.at(".search-way").href = `${this.here}search/`;
    this.at(".evening-way").href = `${this.here}evening/`;
    this.at(".result-way").href = `/surveys/${survey.id}/`;
    for (const sign of this.root.querySelectorAll(".of-round")) sign.hidden = !survey.round;
  }

  #drawParty() {
    const { session, text } = this.context;
    const { id, round } = this.pack.survey;
    const strip = this.at(".strip-people");
    strip.hidden = !round;
    if (!round) return;
    const party = session.party(id);
    strip.open = missingFromParty(round, party).length > 0;
    const choices = strip.querySelector(".choices");
    choices.append(...PARTY.map((who) => choiceOf(this.context, "party", who, "checkbox", party.includes(who))));
    strip.querySelector(".hint").textContent = text(`building.round.${round}`);
    const keep = async () => {
      await session.setParty(id, [...strip.querySelectorAll(":checked")].map((box) => box.value));
      this.#paintParty();
    };
    // Kept at each tap; the button says that one is done, and for today the party as it stands.
    strip.addEventListener("change", keep);
    strip.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      await keep();
      strip.open = false;
      strip.querySelector("summary").focus();
    });
  }

  #drawFronts() {
    const { template, text } = this.context;
    const fronts = this.at(".fronts");
    if (this.missing) fronts.append(template(`building-${this.missing}`));
    this.at(".legend").hidden = Boolean(this.missing);
    this.at(".count").hidden = Boolean(this.missing);
    for (const building of this.missing ? [] : this.shown) {
      if (this.shown.length > 1) {
        const head = document.createElement("h2");
        head.className = "front-name";
        head.textContent = text("building.name", { number: building.number });
        fronts.append(head);
      }
      fronts.append(this.#front(building));
    }
    const hops = this.at(".hops");
    hops.hidden = this.buildings.length < 2;
    for (const building of hops.hidden ? [] : this.buildings) hops.append(this.#hop(building));
  }

  #hop(building) {
    const hop = this.context.template("building-hop").firstElementChild;
    const isAll = this.shown.length === this.buildings.length;
    hop.href = `${this.here}?building=${building.id}`;
    hop.firstElementChild.textContent = building.number;
    if (!isAll && this.ids.has(building.id)) hop.setAttribute("aria-current", "page");
    else if (!isAll) hop.dataset.testid = `building-${building.id}`;
    return hop;
  }

  #front({ id, number }) {
    const { template, text } = this.context;
    const doors = this.doors.filter((door) => door.building === id);
    const { stairwells, floors } = elevationOf(doors);
    const made = template("building-front").firstElementChild;
    made.setAttribute("aria-label", text("building.front", { number }));
    const table = made.querySelector("table");
    table.dataset.testid = `building-${id}`;
    table.caption.textContent = text("building.name", { number });
    for (const { number: stairwell, width } of stairwells) {
      const head = document.createElement("th");
      head.scope = "colgroup";
      head.colSpan = width;
      head.textContent = text("building.stairwell", { number: stairwell });
      table.tHead.rows[0].append(head);
      const foot = document.createElement("td");
      foot.colSpan = width;
      foot.dataset.stairwell = stairwell;
      table.tFoot.rows[0].append(foot);
    }
    table.tBodies[0].append(...floors.map((floor) => this.#floor(floor)));
    return made;
  }

  #floor({ number, cells, begins }) {
    const { text } = this.context;
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const words = document.createElement("span");
    words.className = "sr";
    words.textContent = ` ${text(number === null ? "building.floor_unknown" : "building.floor")}`;
    head.append(number === null ? "–" : String(number), words);
    row.append(head);
    for (const [place, door] of cells.entries()) {
      const cell = document.createElement("td");
      if (begins[place] && place) cell.className = "begins";
      if (door) cell.append(this.#door(door));
      row.append(cell);
    }
    return row;
  }

  #door(door) {
    this.cell ??= this.context.template("building-cell").firstElementChild;
    const node = this.cell.cloneNode(true);
    node.href = `${this.here}doors/${door.household}/`;
    node.dataset.testid = `door-${door.household}`;
    node.lastElementChild.textContent = door.unit;
    this.#cells.set(door.household, { node, sign: node.querySelector("use"), painted: "" });
    return node;
  }

  #drawTaking() {
    this.at(".taking").hidden = this.missing === "none";
    const button = this.at("[data-testid=take-offline]");
    button.addEventListener("click", async () => {
      const { session, text } = this.context;
      button.disabled = true;
      try {
        const kept = (await keptPacks(session)).find((one) => one.survey === this.pack.survey.id);
        const taken = await takeOffline(session, this.pack.survey.id, this.#toTake(kept));
        this.at(".taking-says").textContent = text("building.taken", { n: taken.doors.length });
        if (this.missing) this.context.redraw();
      } catch (problem) {
        this.at(".taking-says").textContent = problem.detail || text("building.take_failed");
      }
      button.disabled = false;
    });
    this.#sayTaken();
  }

  /** What is shown, what has doors to go, and what was taken along before: not the whole neighbourhood. */
  #toTake(kept) {
    const before = new Set(kept?.buildings || []);
    const wanted = this.buildings.filter(({ id, due }) => this.ids.has(id) || due || before.has(id));
    return wanted.map((building) => building.id);
  }

  async #sayTaken() {
    const { session, text } = this.context;
    const says = this.at(".taking-says");
    const kept = (await keptPacks(session)).find((one) => one.survey === this.pack.survey.id);
    says.textContent = kept
      ? text("building.kept", { until: moment(kept.expiresAt), as_of: moment(this.pack.as_of) })
      : text("building.not_kept");
    if (kept) this.at("[data-testid=take-offline] span").textContent = text("building.take_again");
  }

  /** Brings everything that changes up to date, and touches only what has changed. */
  paint() {
    const { text } = this.context;
    const shown = this.doors.filter((door) => this.ids.has(door.building));
    const counts = countsOf(shown);
    const next = this.#next();
    for (const door of shown) this.#paintDoor(door, door === next);
    const put = (selector, words) => {
      const node = this.at(selector);
      if (node.textContent !== words) node.textContent = words;
    };
    put("[data-testid=visit-rate] span", count(counts.visited));
    put("[data-testid=visit-rate] small", ` / ${count(counts.listed)}`);
    put(".count-gained", count(counts.gained));
    put(".count-due", count(counts.due));
    this.at(".count-due").classList.toggle("next", counts.due > 0);
    const missing = missingNow(this.pack, this.doors);
    put(".count-missing span", count(missing));
    put(".count-more", ` ${text("building.more", { n: missing })}`);
    this.at(".count-missing").hidden = missing === 0;
    this.at(".count-reached").hidden = missing > 0;
    this.#paintHops();
    this.#paintFeet(shown);
    this.#paintWays(next);
    this.#paintParty();
  }

  #next() {
    const here = this.doors.filter((door) => this.ids.has(door.building) && door.listed === "due");
    return nextDoor(this.from || !here.length ? this.doors : here, this.from);
  }

  #paintDoor(door, isNext) {
    const cell = this.#cells.get(door.household);
    if (!cell) return;
    const { stance, given, listed, pending, isRefused, isShared } = door;
    const isDraft = this.drafts.has(door.household);
    const painted = [stance, given, listed, pending, isRefused, isShared, isNext, isDraft].join();
    if (painted === cell.painted) return;
    cell.painted = painted;
    const { text } = this.context;
    const { node, sign } = cell;
    const look = lookOf(door);
    const marks = { due: listed === "due", next: isNext, refused: isRefused, shared: isShared, draft: isDraft };
    Object.assign(node.dataset, { stance, given: given || "", pending: String(pending) });
    for (const [name, is] of Object.entries(marks)) {
      if (is) node.dataset[name] = "true";
      else delete node.dataset[name];
    }
    if (listed === "out") node.dataset.round = "out";
    else delete node.dataset.round;
    sign.setAttribute("href", `${icons()}#${look}`);
    const said = [text("door.short", door), text(`stance.${look}`)];
    if (listed === "due" || listed === "out") said.push(text(`door.${listed}`));
    if (isNext) said.push(text("door.next"));
    if (pending) said.push(text(isRefused ? "door.refused" : "door.pending"));
    if (isShared) said.push(text("door.shared"));
    if (isDraft) said.push(text("door.draft"));
    node.setAttribute("aria-label", said.join(text("list.between")));
  }

  #paintHops() {
    const { text } = this.context;
    const due = new Map();
    for (const door of this.doors) {
      due.set(door.building, (due.get(door.building) || 0) + (door.listed === "due" ? 1 : 0));
    }
    for (const [place, hop] of [...this.at(".hops").children].entries()) {
      const building = this.buildings[place];
      const left = due.get(building.id) ?? building.due;
      const words = left ? text("building.due", { n: left, due: count(left) }) : text("building.done");
      hop.lastElementChild.textContent = words;
    }
  }

  #paintFeet(shown) {
    const { text } = this.context;
    if (!this.pack.survey.round) return;
    for (const table of this.at(".fronts").querySelectorAll("table")) {
      const id = Number(table.dataset.testid.slice("building-".length));
      for (const foot of table.tFoot.querySelectorAll("[data-stairwell]")) {
        const its = shown.filter((door) => door.building === id && door.stairwell === foot.dataset.stairwell);
        const { due } = countsOf(its);
        foot.textContent = text("building.due", { n: due, due: count(due) });
      }
    }
  }

  #paintWays(next) {
    const { text } = this.context;
    const way = this.at(".next-way");
    way.hidden = !next;
    this.at(".result-way").hidden = Boolean(next);
    if (next) {
      const isHere = this.shown.length === 1 && this.ids.has(next.building);
      way.href = `${this.here}doors/${next.household}/`;
      way.toggleAttribute("data-long", !isHere);
      way.firstElementChild.textContent = text(isHere ? "building.next_here" : "building.next", placeOf(next));
    }
    const stairwells = eveningList(this.doors).flatMap((building) => building.stairwells);
    const missed = stairwells.reduce((sum, its) => sum + its.doors.length, 0);
    const list = this.at(".evening-way");
    list.hidden = missed === 0;
    list.querySelector("span").textContent = text("building.evening", { n: missed });
  }

  #paintParty() {
    const { session, text } = this.context;
    const { id, round } = this.pack.survey;
    if (!round) return;
    const party = session.party(id);
    const lacks = missingFromParty(round, party).length > 0;
    const names = PARTY.filter((who) => party.includes(who)).map((who) => text(`party.${who}`));
    this.at(".party-names").textContent = names.join(text("list.between")) || text("building.nobody");
    this.at(".party-lacks").hidden = !lacks;
    this.at(".party-is").hidden = lacks;
  }

  #listen() {
    const { session, onLeave, redraw } = this.context;
    const survey = this.pack.survey.id;
    let isDue = false;
    let isLeft = false;
    // Several writes that come at once are painted once.
    const follow = async (event) => {
      const { kind, survey: its } = event.detail || {};
      if (!["records", "drafts", "packs", "party"].includes(kind) || (its && its !== survey) || isDue) return;
      isDue = true;
      await new Promise((resolve) => setTimeout(resolve, 30));
      isDue = false;
      if (isLeft) return;
      const pack = (kind === "packs" && (await openPack(session, survey))) || this.pack;
      if (shapeOf(pack) !== shapeOf(this.pack)) return void redraw();
      this.pack = pack;
      await this.#read();
      if (!isLeft) this.paint();
    };
    changes.addEventListener("change", follow);
    onLeave(() => {
      isLeft = true;
      changes.removeEventListener("change", follow);
    });
    if (Date.now() - (asked.get(survey) || 0) < FRESH_FOR) return;
    asked.set(survey, Date.now());
    refreshPack(session, survey).catch(() => {}); // what it brings is announced as a change
  }
}

/** What the picture is built of: as long as this stays, only cells change. */
function shapeOf({ survey, buildings, doors }) {
  const places = doors.map((door) => [door.household, door.on_roll, door.stairwell, door.floor, door.unit]);
  return JSON.stringify([survey, buildings.map(({ id, number }) => [id, number]), places]);
}

/** Where a door is, as texts name it. */
export function placeOf({ buildingNumber, stairwell, unit }) {
  return { building: buildingNumber, stairwell, unit };
}

/** The address of the signs. */
export function icons() {
  return document.querySelector("meta[name=field]").dataset.icons;
}

/** A choice of a group as a label with its box; `type` is radio or checkbox. */
export function choiceOf({ template, text }, name, value, type, isChosen) {
  const made = template("sheet-choice").firstElementChild;
  const [box, words] = made.children;
  Object.assign(box, { type, name, value, checked: isChosen });
  box.dataset.testid = `${name}-${value}`;
  words.textContent = text(`${name}.${value}`);
  return made;
}

// The door sheet: one household, what it said before, and the visit just made. Each tap is kept as a draft.

import { ANSWERS, searchDoors, withRecords } from "../doors.js";
import { count, moment } from "../figures.js";
import { NotAPicture, scaledDown } from "../photo.js";
import {
  AlreadySent,
  dropDraft,
  flushDrafts,
  keepDraft,
  listRecords,
  readDraft,
  readPhoto,
  removeRecord,
  saveVisit,
  StorageFull,
} from "../queue.js";
import { makePad } from "../signature.js";
import { asVisit, COMMITMENTS, fromInput, newClientId, OUTCOMES, problemsOf, toInput } from "../visit.js";
import { choiceOf, notHere, placeOf } from "./building.js";
import { fillEarlier, fillHead, fillNotes, fillPlan, fillShared, fillStance, nameOf, placesOf, reveal } from "./earlier.js";
import { fillMenu, sayChosen } from "./menu.js";
import { openSheet } from "./opening.js";
import { packWith } from "./reach.js";
import { sayItIsSaved } from "./saved.js";

const GROUPS = {
  outcome: OUTCOMES,
  given: ["signed", "thumbprint", "verbal"],
  respondent: ["owner", "co_owner", "family", "proxy", "tenant"],
  party: ["owners_committee", "grid", "community"],
  reason: ["parking", "cost", "dust", "illegal_structure", "distrust", "other"],
};
const IN_PAPER = new Set(["visited_at", "round"]); // lie in a part that may be closed
const MOST_FOUND = 8; // doors to choose from, where it was another one

export async function draw(context, { survey, household, query }) {
  const { session, text } = context;
  const find = ({ doors }) => doors.find((door) => door.household === household);
  const pack = await packWith(session, survey, find);
  if (!pack) return notHere(context, survey);
  const place = find(pack);
  if (!place) {
    const made = context.notHere();
    made.querySelector("main p").textContent = text("sheet.not_here");
    return made;
  }
  const records = await listRecords(session, { survey });
  const [door] = withRecords({ ...pack, doors: [place] }, records, session.person?.id ?? null);
  const opened = await openSheet(session, { pack, door, query });
  return new Sheet(context, { pack, records, door, opened }).made();
}

class Sheet {
  #isSaving = false;
  #picture = "";

  constructor(context, { pack, records, door, opened }) {
    Object.assign(this, { context, pack, records, door, opened });
    const { id, round } = pack.survey;
    this.survey = id;
    this.round = round;
    this.sheet = opened.sheet;
    this.photo = opened.photo;
    this.root = context.template("sheet");
    [this.header, this.main, this.footer] = this.root.children;
    this.form = this.main.querySelector("form");
    this.back = `/field/surveys/${id}/?from=${door.household}`;
  }

  made() {
    const { door, context, opened, main } = this;
    this.target = opened.target ? this.#doors().find((one) => one.household === opened.target) || door : door;
    for (const way of [this.header.querySelector("a"), this.footer.querySelector("a")]) way.href = this.back;
    fillHead(this.header, door, context);
    fillStance(main, door, context);
    fillEarlier(main, door, this.pack.survey, context);
    fillShared(main, door, context);
    fillNotes(main, { door, survey: this.pack.survey, opened }, context);
    this.#fillForm();
    this.#sayDraft();
    this.#sayDoor();
    this.#shape();
    this.#listen();
    if (opened.mode === "mend" && opened.record.errors.length) this.#sayWrong(placesOf(opened.record.errors), { isRefused: true });
    return this.root;
  }

  /** All doors of the pack, for finding the right one. */
  #doors() {
    this.all ??= withRecords(this.pack, this.records).filter((door) => door.on_roll);
    return this.all;
  }

  #fillForm() {
    const { form, sheet, context } = this;
    const chosen = { ...sheet, reason: sheet.reasons };
    for (const [name, values] of Object.entries(GROUPS)) {
      const group = form.querySelector(`[data-choices=${name}]`);
      const isChosen = (value) => [].concat(chosen[name]).includes(value);
      group.append(...values.map((value) => choiceOf(context, name, value, group.dataset.type, isChosen(value))));
    }
    for (const choice of form.querySelectorAll("[data-choices=outcome] .choice")) {
      choice.dataset.stance = choice.firstElementChild.value;
      choice.firstElementChild.after(context.icon(choice.dataset.stance));
    }
    form.querySelector("[data-choices=commitment]").append(...COMMITMENTS.map((name) => this.#commitment(name)));
    fillMenu(form.querySelector(".menu-groups"), this.pack.menu, sheet.menuItems, context);
    form.elements.note.value = sheet.note;
    form.querySelector(".verbal-waits").hidden = this.pack.survey.count_verbal;
    this.#fillPaper();
    this.#fillPhoto();
    const field = form.querySelector("#at-signature");
    this.pad = makePad(field, {
      value: sheet.signature,
      onChange: (url) => {
        this.sheet.signature = url;
        this.#keep();
      },
    });
  }

  #commitment(name) {
    const { template, text } = this.context;
    const tick = template("sheet-tick").firstElementChild;
    const [box, words, label] = tick.children;
    Object.assign(box, { name: "commitment", value: name, checked: this.sheet.commitments.includes(name) });
    box.dataset.testid = `commitment-${name}`;
    words.textContent = text(`commitment.${name}`);
    label.remove();
    return tick;
  }

  #fillPaper() {
    const { form, sheet, pack, context } = this;
    const { text } = context;
    const { rounds, is_open: isOpen, may_out_of_round: mayOutOfRound } = pack.survey;
    const isCorrection = Boolean(sheet.supersedes);
    form.elements.visited_at.value = sheet.visitedAt ? toInput(sheet.visitedAt) : "";
    const closed = rounds.filter((one) => one.closed_at);
    const option = (value, words) => new Option(words, value, false, value === String(sheet.round ?? ""));
    form.elements.round.append(option("", text("sheet.round_in_hand")));
    form.elements.round.append(...closed.map(({ number }) => option(String(number), text(`round.${number}`))));
    form.querySelector("#at-round").hidden = isCorrection || !closed.length || !isOpen;
    form.elements.out_of_round.checked = sheet.outOfRound;
    form.querySelector("#at-out_of_round").hidden = isCorrection || !isOpen || !mayOutOfRound;
    form.querySelector(".from-paper").open = isOpen && !isCorrection && (sheet.outOfRound || Boolean(sheet.round));
  }

  async #fillPhoto() {
    const kept = this.photo ?? (await this.#waitingPhoto());
    if (kept) this.#showPhoto(kept);
  }

  /** The photo of the record that is changed, as long as it has not been sent. */
  async #waitingPhoto() {
    const waiting = this.opened.record?.photos.find((photo) => photo.state === "waiting");
    return waiting ? readPhoto(this.context.session, waiting.id) : null;
  }

  /** Whether what is saved takes the place of a record under another id, which goes with its photos. */
  #isAnew() {
    const { record } = this.opened;
    return Boolean(record) && record.clientId !== this.sheet.clientId;
  }

  #showPhoto(photo) {
    const box = this.form.querySelector(".photo-kept");
    URL.revokeObjectURL(this.#picture);
    this.#picture = photo ? URL.createObjectURL(photo) : "";
    box.hidden = !photo;
    this.form.querySelector(".file-btn").hidden = Boolean(photo);
    box.querySelector("img").src = this.#picture;
    box.querySelector("span").textContent = photo
      ? this.context.text("sheet.photo_kept", { size: count(Math.ceil(photo.size / 1024)) })
      : "";
  }

  #sayDraft() {
    const line = this.main.querySelector(".draft-note");
    line.hidden = !this.opened.draftAt;
    if (line.hidden) return;
    line.querySelector("span").textContent = this.context.text("sheet.note.draft", { at: moment(this.opened.draftAt) });
    line.querySelector("button").addEventListener("click", async () => {
      this.isDropped = true;
      await dropDraft(this.context.session, this.survey, this.door.household);
      this.context.redraw();
    });
  }

  /** The door that this is saved for, on every part that names it. */
  #sayDoor() {
    const { target, door, form, context, opened } = this;
    const { text } = context;
    const isMoved = target.household !== door.household;
    this.header.querySelector("h1").textContent = nameOf(target, text);
    this.footer.querySelector("button").textContent = text("sheet.save", placeOf(target));
    this.#sayPlan();
    const other = form.querySelector(".other-door");
    other.hidden = opened.mode === "new" || !this.pack.survey.is_open;
    other.open ||= isMoved;
    this.main.querySelector(".moved")?.remove();
    if (!isMoved) return;
    const note = Object.assign(document.createElement("p"), { className: "note tight moved", role: "status" });
    note.dataset.tone = "next";
    note.textContent = text("sheet.note.moved", { from: nameOf(door, text), to: nameOf(target, text) });
    other.before(note);
  }

  /** The plan that this visit names, with what the door that it is saved for is to pay. */
  #sayPlan() {
    fillPlan(this.main.querySelector(".plan-shown"), this.sheet, this.pack.survey, this.target, this.context);
  }

  #listen() {
    const { form, main, context } = this;
    form.addEventListener("input", (event) => {
      if (event.target.id === "other-door") this.#find(event.target.value);
      else if (event.target.id !== "photo") this.#touch();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    form.querySelector("#other-door").addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    form.querySelector(".all-five").addEventListener("click", () => {
      for (const box of form.querySelectorAll("[name=commitment]")) box.checked = true;
      this.#touch();
    });
    form.querySelector("#photo").addEventListener("change", (event) => {
      this.scaling = this.#takePhoto(event.target);
    });
    form.querySelector(".photo-kept button").addEventListener("click", () => {
      this.photo = false;
      this.#showPhoto(null);
      form.querySelector("#photo").focus();
      this.#keep();
    });
    main.querySelector(".reveal").addEventListener("click", () => reveal(this, this, context));
    main.querySelector(".refusal").addEventListener("click", (event) => this.#jump(event));
    context.onLeave(() => {
      URL.revokeObjectURL(this.#picture);
      this.#write();
    });
  }

  #touch() {
    this.#read();
    this.#shape();
    this.#sayPlan(); // another one was there when the form was filled in
    this.#keep();
  }

  #read() {
    const said = new FormData(this.form);
    const one = (name) => said.get(name) || "";
    const at = one("visited_at");
    const isSameTime = at === (this.sheet.visitedAt ? toInput(this.sheet.visitedAt) : "");
    const { is_open: isOpen } = this.pack.survey;
    Object.assign(this.sheet, {
      outcome: one("outcome"),
      given: one("given"),
      respondent: one("respondent"),
      party: said.getAll("party"),
      commitments: said.getAll("commitment"),
      menuItems: said.getAll("menu_items"),
      reasons: said.getAll("reason"),
      note: one("note"),
      visitedAt: isSameTime ? this.sheet.visitedAt : fromInput(at),
    });
    if (!this.sheet.supersedes && isOpen) {
      this.sheet.outOfRound = said.has("out_of_round");
      this.sheet.round = Number(one("round")) || null;
    }
  }

  /** Shows what belongs to the outcome, and nothing else. */
  #shape() {
    const { form, sheet } = this;
    const is = { supports: sheet.outcome === "supports", answers: ANSWERS.has(sheet.outcome) };
    for (const part of form.querySelectorAll("[data-when]")) part.hidden = !is[part.dataset.when];
    form.querySelector(".to-evening").hidden = sheet.outcome !== "no_answer" || !this.round;
    for (const choice of form.querySelectorAll(".choice")) {
      choice.toggleAttribute("data-checked", choice.firstElementChild.checked); // for browsers without :has()
    }
    sayChosen(form.querySelector(".menu-chosen"), sheet.menuItems.length, this.context);
    if (is.answers) requestAnimationFrame(() => this.pad.fit());
  }

  #keep() {
    if (this.#isSaving || this.isDropped) return;
    const { session } = this.context;
    keepDraft(session, this.survey, this.door.household, {
      about: this.opened.about,
      sheet: { ...this.sheet },
      photo: this.photo,
      at: new Date().toISOString(),
      door: placeOf(this.door),
      target: this.target.household === this.door.household ? null : this.target.household,
    });
    this.#write();
  }

  /** Writes the draft at once, and again what was tapped meanwhile: a phone that falls down the stairs has it all. */
  async #write() {
    this.isStale = true;
    if (this.isWriting) return;
    this.isWriting = true;
    while (this.isStale) {
      this.isStale = false;
      await flushDrafts(this.context.session).catch(() => {}); // a full disk is said when it is saved
    }
    this.isWriting = false;
  }

  #find(wanted) {
    const { text } = this.context;
    const box = this.form.querySelector(".other-doors");
    const isNear = (door) => door.building === this.door.building;
    const found = searchDoors(this.#doors(), wanted).sort((one, other) => isNear(other) - isNear(one));
    const shown = found.slice(0, MOST_FOUND);
    box.replaceChildren(
      ...shown.map((door) => {
        const button = Object.assign(document.createElement("button"), { className: "btn", type: "button" });
        button.textContent = nameOf(door, text);
        button.addEventListener("click", () => {
          this.target = door;
          box.replaceChildren();
          this.#sayDoor();
          this.#keep();
        });
        return button;
      }),
    );
    if (!shown.length && wanted.trim()) box.textContent = text("sheet.no_match");
  }

  async #takePhoto(input) {
    const [file] = input.files;
    const wrong = this.form.querySelector("#wrong-photo");
    wrong.replaceChildren();
    if (!file) return;
    try {
      this.photo = await scaledDown(file);
      this.#showPhoto(this.photo);
      this.#keep();
    } catch (problem) {
      if (!(problem instanceof NotAPicture)) console.error(problem);
      wrong.append(this.#error(this.context.text("sheet.photo_unreadable")));
    }
    input.value = "";
  }

  async #save() {
    if (this.#isSaving) return;
    const { session, text } = this.context;
    await this.scaling; // a photo that was just taken belongs to it
    if (this.#isSaving) return; // tapped twice meanwhile
    this.#read();
    const now = new Date(Date.now() - session.clockAhead * 1000);
    const { menu, survey } = this.pack;
    const problems = problemsOf(this.sheet, { round: this.round, survey, menu, now });
    if (problems.length) {
      this.#sayWrong(problems.map((one) => ({ place: one.place, words: this.#wordsOf(one) })));
      return;
    }
    this.#isSaving = true;
    try {
      const { record, isCorrection } = await this.#store(now);
      await this.#tidy();
      await this.context.navigate(`/field/surveys/${this.survey}/?from=${this.target.household}`);
      sayItIsSaved(this.context, record, { more: isCorrection ? text("sheet.saved_as_correction") : "" });
    } catch (problem) {
      this.#isSaving = false;
      const isFull = problem instanceof StorageFull;
      this.#sayWrong(isFull ? [{ place: "", words: text("sheet.storage_full") }] : []);
      if (!isFull) throw problem;
    }
  }

  /** Puts the visit into the queue; what the server has got meanwhile is corrected by it. */
  async #store(now) {
    const { context, sheet, target } = this;
    const { session } = context;
    const door = { ...placeOf(target), household: target.household };
    const visitOf = (it) => asVisit(it, { household: target.household, round: this.round, plans: this.pack.survey.plans, now });
    try {
      const visit = visitOf(sheet);
      const photo = this.photo ?? (this.#isAnew() ? await this.#waitingPhoto() : null);
      return { record: await saveVisit(session, { survey: this.survey, door, visit, photo }) };
    } catch (problem) {
      if (!(problem instanceof AlreadySent)) throw problem;
      const { clientId, visit: was } = problem.record;
      const of = { supersedes: clientId, round: was.round, outOfRound: !was.round };
      const visit = visitOf({ ...sheet, ...of, clientId: newClientId() });
      const photo = this.photo || null;
      return { record: await saveVisit(session, { survey: this.survey, door, visit, photo }), isCorrection: true };
    }
  }

  /** After the visit is on the phone: its draft goes, and the party stays for the next door. */
  async #tidy() {
    const { context, sheet, opened, survey } = this;
    const { session } = context;
    const draft = await readDraft(session, survey, this.door.household);
    // Another sheet may have been begun here, and nothing tapped on this one.
    if (draft && draft.about === opened.about) await dropDraft(session, survey, this.door.household);
    if (this.#isAnew()) await removeRecord(session, opened.record.clientId);
    if (opened.mode === "new" && !sheet.outOfRound && !sheet.round) await session.setParty(survey, sheet.party);
  }

  #wordsOf({ code, absent = [], items = [], round }) {
    const { text } = this.context;
    const between = text("list.between");
    const names = absent.map((who) => text(`party.${who}`)).join(between);
    return text(`problem.${code}`, { round, names, items: items.join(", ") });
  }

  /** Says what is wrong above the form and at each place. */
  #sayWrong(problems, { isRefused = false } = {}) {
    const { form, main, context } = this;
    const box = main.querySelector(".refusal");
    for (const old of form.querySelectorAll(".error")) old.remove();
    for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    box.replaceChildren(context.template("sheet-refusal"));
    box.querySelector("strong").textContent = context.text(isRefused ? "sheet.not_taken" : "sheet.not_saved");
    for (const { place, words } of problems) {
      const at = place && form.querySelector(`#wrong-${place}`);
      if (!at) {
        box.append(Object.assign(document.createElement("p"), { textContent: words }));
        continue;
      }
      at.append(this.#error(words));
      for (const input of at.parentElement.querySelectorAll(".input")) input.setAttribute("aria-invalid", "true");
      const jump = document.createElement("a");
      Object.assign(jump, { className: "jump", href: `#at-${place}`, textContent: words });
      box.append(jump);
      if (IN_PAPER.has(place)) form.querySelector(".from-paper").open = true;
    }
    box.hidden = false;
    if (isRefused) return; // the focus is the heading's, as on any page that opens
    box.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" });
  }

  #error(words) {
    const made = this.context.template("sheet-error").firstElementChild;
    made.querySelector("span").textContent = words;
    return made;
  }

  #jump(event) {
    const link = event.target.closest("a.jump");
    if (!link) return;
    event.preventDefault(); // the address stays: it is not another page
    const place = this.form.querySelector(link.hash);
    place.scrollIntoView({ block: "start" });
    place.querySelector("input, textarea, select, canvas")?.focus({ preventScroll: true });
  }
}

// The start: who is at this phone, the surveys in hand, what to take along, and what needs the person.

import { ask } from "../ask.js";
import { clock, count, day, moment } from "../figures.js";
import { keepLanguage } from "../language.js";
import { keptPacks, takeOffline } from "../packs.js";
import { countRecords, isOpen, listDrafts, listRecords } from "../queue.js";
import { syncState } from "../sync.js";
import { fillNeeds, needsOf } from "./needs.js";

const MOST_NAMED = 6; // buildings; more are only counted
let chosen = new Map(); // buildings by survey
let chosenBy = null;
let saidOfTaking = "";
let isTaking = false;
let installer = null;

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  installer = event;
  document.querySelector(".home-install")?.removeAttribute("hidden");
});

export async function draw(context) {
  const { session, template, text } = context;
  if (!context.isAgain) saidOfTaking = "";
  const made = template("home");
  const footer = made.querySelector("footer");
  const [counts, kept, needs, records] = await Promise.all([
    countRecords(session),
    keptPacks(session),
    needsOf(context),
    listRecords(session),
  ]);

  fillNeeds(made.querySelector(".needs"), needs, context);
  fillAccount(made, context);
  fillInstall(made.querySelector(".home-install"));
  fillWaiting(made.querySelector(".home-waiting"), counts, text);

  const list = made.querySelector(".home-surveys");
  if (!session.person) {
    const unknown = template("home-unknown");
    const here = encodeURIComponent(location.pathname + location.search);
    unknown.querySelector("a").href = `/accounts/login/?next=${here}`;
    list.replaceWith(unknown);
    made.querySelector(".home-account").remove();
    footer.remove();
    return made;
  }
  if (!session.surveys.length) {
    list.replaceWith(template("home-empty"));
    footer.remove();
    return made;
  }
  if (chosenBy !== session.person.id) [chosen, chosenBy] = [new Map(), session.person.id];
  const rows = session.surveys.map((survey) => ({
    survey,
    kept: kept.find((pack) => pack.survey === survey.id) ?? null,
    left: survey.left - unheardOf(survey, records),
  }));
  for (const row of rows) {
    if (!chosen.has(row.survey.id)) chosen.set(row.survey.id, firstChoice(row));
    list.append(drawSurvey(row, context, () => fillTake(footer, rows, context)));
  }
  if (!rows.some(({ survey }) => survey.buildings?.length)) {
    footer.remove();
    return made;
  }
  fillTake(footer, rows, context);
  footer.querySelector("button").addEventListener("click", () => take(footer, rows, context));
  return made;
}

function fillWaiting(strip, counts, text) {
  strip.hidden = !counts.waiting && !counts.photos;
  const words = [];
  if (counts.waiting) words.push(text("home.waiting", { n: counts.waiting }));
  if (counts.photos) words.push(text("home.waiting_photos", { n: counts.photos }));
  strip.querySelector("span").textContent = words.join(" ");
}

function fillInstall(strip) {
  strip.hidden = !installer;
  strip.querySelector("button").addEventListener("click", async () => {
    strip.hidden = true;
    const asked = installer;
    installer = null;
    await asked?.prompt();
  });
}

function fillAccount(made, context) {
  const { session } = context;
  const person = session.person;
  if (person) {
    const parts = [person.unit, person.name].filter(Boolean);
    made.querySelector(".home-who").append(
      ...parts.map((part) => Object.assign(document.createElement("span"), { textContent: part })),
    );
    made.querySelector(".who").textContent = person.name;
    made.querySelector(".menu-sheet strong").textContent = person.username;
    made.querySelector("[data-testid=sign-out]").addEventListener("click", () => signOut(context));
  }
  const cookie = document.querySelector("meta[name=field]").dataset.cookie;
  made.querySelector("[data-testid=language-switch]").addEventListener("click", async (event) => {
    await keepLanguage(event.currentTarget.value, cookie);
    location.reload();
  });
}

async function signOut(context) {
  const { session, text } = context;
  const [{ waiting, refused, photos }, drafts] = await Promise.all([countRecords(session), listDrafts(session)]);
  const lost = [];
  if (waiting + refused) lost.push(text("home.sign_out_lost", { n: waiting + refused }));
  if (photos) lost.push(text("home.sign_out_photos", { n: photos }));
  if (drafts.length) lost.push(text("home.sign_out_drafts", { n: drafts.length }));
  const says = [...lost, text("home.sign_out_clean")];
  if (!navigator.onLine) says.push(text("home.sign_out_offline"));
  const yes = text(lost.length ? "home.sign_out_anyway" : "home.sign_out");
  if (!(await ask(context, { head: text("home.sign_out_head"), says, yes }))) return;
  await session.signOut();
  if (navigator.onLine) location.assign("/accounts/login/?next=/field/");
}

// --- One survey ------------------------------------------------------------------------------------

// Doors of the round in hand that were logged here and that the server does not know of yet.
function unheardOf(survey, records) {
  const doors = records
    .filter((record) => record.survey === survey.id && isOpen(record))
    .filter(({ visit }) => survey.round && visit.round === survey.round && !visit.out_of_round && !visit.supersedes)
    .map(({ household }) => household);
  return Math.min(survey.left, new Set(doors).size);
}

function drawSurvey({ survey, kept, left }, context, onChoice) {
  const { template, text, icon } = context;
  const made = template("home-survey");
  const card = made.querySelector(".survey-card");
  card.href = `/field/surveys/${survey.id}/`;
  card.dataset.testid = `survey-${survey.id}`;
  card.querySelector("strong").textContent = survey.neighbourhood;
  card.querySelector(".survey-says").textContent = survey.round
    ? text("home.round", { title: survey.title, number: survey.round })
    : text("home.between_rounds", { title: survey.title });
  fillLeft(card.querySelector(".survey-left"), left, text);
  fillBar(card.querySelector(".bar"), survey);
  const verdict = survey.missing ? text("home.to_pass", { n: survey.missing }) : text("home.passes");
  card.querySelector(".survey-rate").textContent = `${text("home.support", { rate: survey.rate })} · ${verdict}`;

  const line = made.querySelector(".survey-kept");
  const isKept = kept && context.session.isKept;
  line.hidden = !survey.buildings?.length; // between rounds the committee has nothing to take
  const opensAlone = Boolean(isKept) && context.session.hasWorker;
  line.classList.toggle("good", opensAlone);
  line.querySelector(".survey-sign").append(icon(opensAlone ? "phone" : "offline"));
  line.lastElementChild.textContent = isKept
    ? text("home.kept", { until: untilOf(kept.expiresAt), buildings: namesOf(survey, kept.buildings, text) })
    : text("home.not_kept");

  fillChoice(made.querySelector(".survey-take"), survey, context, onChoice);

  const run = made.querySelector(".survey-run");
  if (survey.is_runner) {
    run.querySelector(".survey-outings").href = `/surveys/${survey.id}/outings/`;
    run.querySelector(".survey-handed").href = `/surveys/${survey.id}/handed/`;
  } else {
    run.remove();
  }
  return made;
}

function fillLeft(place, left, text) {
  if (!left) {
    place.classList.add("good");
    place.textContent = text("home.nothing_left");
    return;
  }
  const number = Object.assign(document.createElement("b"), { className: "num", textContent: count(left) });
  place.append(number, ` ${text("home.left", { n: left })}`);
}

function fillBar(bar, survey) {
  const share = survey.denominator ? (100 * survey.supports) / survey.denominator : 0;
  const mark = 100 * Number(survey.pass_share);
  bar.querySelector(".value").setAttribute("width", String(Math.min(100, share)));
  bar.querySelector(".halo").setAttribute("d", `M${mark} 0v10`);
  bar.querySelector(".mark-line").setAttribute("d", `M${mark} -4v18`);
}

function untilOf(time) {
  return day(time) === day(Date.now()) ? clock(time) : moment(time);
}

function fillChoice(details, survey, { template, text }, onChoice) {
  const buildings = survey.buildings ?? [];
  if (buildings.length < 2) {
    details.remove();
    return;
  }
  details.dataset.keep = `take-${survey.id}`;
  const picked = chosen.get(survey.id);
  const label = details.querySelector("summary .label");
  const say = () => (label.textContent = namesOf(survey, [...picked], text) || text("home.none_chosen"));
  details.querySelector("legend").textContent = text("home.choose", { name: survey.neighbourhood });
  const list = details.querySelector(".choices");
  for (const building of buildings) {
    const made = template("home-building");
    const input = made.querySelector("input");
    input.checked = picked.has(building.id);
    input.dataset.testid = `take-${building.id}`;
    input.addEventListener("change", () => {
      if (input.checked) picked.add(building.id);
      else picked.delete(building.id);
      saidOfTaking = "";
      say();
      onChoice();
    });
    made.querySelector("b").textContent = text("building.name", { number: building.number });
    made.querySelector(".label").textContent = building.due
      ? text("home.building_due", { n: building.due })
      : text("home.building_done");
    list.append(made);
  }
  say();
}

// --- Taking along ----------------------------------------------------------------------------------

// What was taken before; else the buildings with doors left; else all of them.
function firstChoice({ survey, kept }) {
  const buildings = survey.buildings ?? [];
  const due = buildings.filter((building) => building.due);
  const wanted = (due.length ? due : buildings).map((building) => building.id);
  return new Set(kept?.buildings?.length ? kept.buildings : wanted);
}

function namesOf(survey, ids, text) {
  const named = (survey.buildings ?? []).filter((building) => ids.includes(building.id));
  if (!named.length) return "";
  if (named.length > MOST_NAMED) return text("home.buildings", { n: named.length });
  const numbers = named.map((building) => building.number).join(text("list.between"));
  return text("home.buildings_named", { n: named.length, numbers });
}

function doorsIn({ survey }) {
  const picked = (survey.buildings ?? []).filter((building) => chosen.get(survey.id).has(building.id));
  const due = picked.reduce((sum, building) => sum + building.due, 0);
  return due || picked.reduce((sum, building) => sum + building.doors, 0);
}

function fillTake(footer, rows, { text }) {
  const button = footer.querySelector("button");
  const says = footer.querySelector(".take-says");
  const doors = rows.reduce((sum, row) => sum + doorsIn(row), 0);
  const missing = rows.some(({ kept, survey }) => !kept && survey.buildings?.length);
  const isOffline = syncState().state === "offline";
  if (missing && !isOffline) button.dataset.kind = "main";
  else delete button.dataset.kind;
  button.lastElementChild.textContent = text(missing ? "home.take" : "home.take_again", { n: doors });
  const takes = rows.map(({ survey }) => takesOf(survey, text)).filter(Boolean).join(" · ");
  says.textContent = saidOfTaking || (isOffline ? text("home.take_offline") : takes);
  button.setAttribute("aria-disabled", String(isTaking || isOffline));
}

function takesOf(survey, text) {
  const names = namesOf(survey, [...chosen.get(survey.id)], text);
  return names && text("home.takes", { name: survey.neighbourhood, buildings: names });
}

async function take(footer, rows, context) {
  const { session, text } = context;
  if (isTaking || syncState().state === "offline") return;
  const taken = rows.filter(({ survey }) => chosen.get(survey.id).size);
  if (!taken.length) {
    sayTaking(text("home.choose_first"));
    return;
  }
  if (!session.isKept) {
    sayTaking(`${text("home.storage")} ${text("home.storage.says")}`);
    return;
  }
  isTaking = true;
  const failed = [];
  let doors = 0;
  for (const { survey } of taken) {
    sayTaking(text("home.taking", { name: survey.neighbourhood }));
    try {
      const pack = await takeOffline(session, survey.id, [...chosen.get(survey.id)]);
      doors += pack.doors.filter((door) => door.listed === "due").length || pack.doors.length;
    } catch (problem) {
      failed.push(text("home.take_failed", { name: survey.neighbourhood, why: whyOf(problem, text) }));
    }
  }
  isTaking = false;
  const alone = session.hasWorker ? [] : [text("home.alone")];
  saidOfTaking = [...(doors ? [text("home.taken", { n: doors }), ...alone] : []), ...failed].join(" ");
  if (location.pathname === "/field/") await context.redraw();
  sayTaking(saidOfTaking);
}

function sayTaking(words) {
  saidOfTaking = words;
  const place = document.querySelector(".take-says");
  if (place) place.textContent = words;
}

function whyOf(problem, text) {
  if (problem?.name === "StorageFull") return text("home.disk_full");
  return problem?.detail || text(navigator.onLine ? "home.no_answer" : "home.no_network");
}

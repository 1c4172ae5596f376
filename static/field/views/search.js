// Finding a door by its number or the name as far as it is shown; and the doors to come back to in the evening.

import { eveningList, lookOf, searchDoors } from "../doors.js";
import { clock, moment } from "../figures.js";
import { openPack } from "../packs.js";
import { doorsOf, notHere, placeOf } from "./building.js";

const MOST_SHOWN = 60;

export async function draw(context, { survey, query }) {
  const { session, template, text } = context;
  const pack = await openPack(session, survey);
  if (!pack) return notHere(context, survey);
  const doors = (await doorsOf(session, pack)).filter((door) => door.on_roll);
  const made = template("search");
  const here = `/field/surveys/${survey}/`;
  made.querySelector(".icon-btn").href = here;
  made.querySelector(".field-top p").textContent = pack.survey.neighbourhood;
  const form = made.querySelector("form");
  const input = form.querySelector("input");
  const [count, list, none] = form.parentElement.querySelectorAll(".found-count, .found-doors, .found-none");

  const find = () => {
    const found = searchDoors(doors, input.value);
    list.replaceChildren(...found.slice(0, MOST_SHOWN).map((door) => rowOf(door, here, context)));
    list.hidden = !found.length;
    none.replaceChildren(...(found.length || !input.value.trim() ? [] : [template("search-none")]));
    count.textContent =
      found.length > MOST_SHOWN
        ? text("search.most", { n: MOST_SHOWN })
        : input.value.trim() && text("search.found", { n: found.length });
  };
  input.value = query.get("search") || "";
  input.addEventListener("input", find);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // The address holds what was looked for, so that the way back from a door leads to it.
    history.replaceState(null, "", `?search=${encodeURIComponent(input.value)}`);
    find();
    list.querySelector("a")?.focus();
  });
  find();
  requestAnimationFrame(() => input.focus());
  return made;
}

function rowOf(door, here, { template, text, icon }) {
  const row = template("search-door").firstElementChild;
  const link = row.firstElementChild;
  link.href = `${here}doors/${door.household}/`;
  const name = text("door.name", placeOf(door));
  link.firstElementChild.textContent = door.name ? `${name} · ${door.name}` : name;
  const [swatch, words] = link.querySelector(".stance").children;
  const look = lookOf(door);
  swatch.dataset.stance = look;
  swatch.append(icon(look));
  words.textContent = text(`stance.${look}`);
  return row;
}

/** The evening list: those who did not answer, by building and stairwell. */
export async function drawEvening(context, { survey }) {
  const { session, template, text } = context;
  const pack = await openPack(session, survey);
  if (!pack) return notHere(context, survey);
  const list = eveningList((await doorsOf(session, pack)).filter((door) => door.on_roll));
  const made = template("evening");
  const here = `/field/surveys/${survey}/`;
  made.querySelector(".icon-btn").href = here;
  const round = pack.survey.round ? text(`round.${pack.survey.round}`) : text("round.none");
  made.querySelector(".field-top p").textContent = `${pack.survey.neighbourhood} · ${round}`;
  const place = made.querySelector("[data-testid=evening-list]");
  if (!list.length) {
    place.append(template("evening-none"));
    for (const part of made.querySelectorAll(".evening-text, .evening-says, footer")) part.remove();
    return made;
  }
  for (const { number: building, stairwells } of list) {
    for (const { number: stairwell, doors } of stairwells) {
      place.append(partOf({ building, stairwell, doors }, here, context));
    }
  }
  const words = made.querySelector("textarea");
  words.value = wordsOf(list, pack, text);
  made.querySelector("[data-act=print]").addEventListener("click", () => window.print());
  made.querySelector("[data-act=copy]").addEventListener("click", () => copy(words, context));
  return made;
}

function partOf({ building, stairwell, doors }, here, { template, text }) {
  const part = template("evening-stairwell").firstElementChild;
  const head = [
    text("building.name", { number: building }),
    text("building.stairwell", { number: stairwell }),
    text("evening.count", { n: doors.length }),
  ];
  part.querySelector("h2").textContent = head.join(" · ");
  for (const door of doors) {
    const row = template("evening-door").firstElementChild;
    const link = row.firstElementChild;
    link.href = `${here}doors/${door.household}/`;
    const [name, at] = link.children;
    name.textContent = [door.unit, door.name].filter(Boolean).join(" · ");
    at.textContent = text("evening.at", { at: atDoor(door.latest.visited_at) });
    part.querySelector("ul").append(row);
  }
  return part;
}

/** Today only the hour is said. */
function atDoor(time) {
  const isToday = moment(time).slice(0, -5) === moment(new Date()).slice(0, -5);
  return isToday ? clock(time) : moment(time);
}

/** The list as text for a group chat: numbers of doors and nothing of the people behind them. */
function wordsOf(list, pack, text) {
  const lines = list.flatMap(({ number: building, stairwells }) =>
    stairwells.map(({ number: stairwell, doors }) => {
      const units = doors.map((door) => door.unit).join(text("list.between"));
      return text("evening.stairwell", { building, stairwell, units });
    }),
  );
  return [text("evening.title", { neighbourhood: pack.survey.neighbourhood }), ...lines].join("\n");
}

async function copy(words, { text, toast }) {
  try {
    await navigator.clipboard.writeText(words.value);
    toast(text("evening.copied"));
  } catch {
    words.closest("details").open = true;
    words.focus();
    words.select();
    toast(text("evening.not_copied"));
  }
}

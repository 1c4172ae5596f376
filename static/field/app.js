// The page: which view is drawn, the line in its head that says what waits, toasts, and new versions of itself.

import { speak } from "./figures.js";
import { followLanguage } from "./language.js";
import { changes, flushDrafts } from "./queue.js";
import { startSession } from "./session.js";
import { startSync, syncChanges, syncState } from "./sync.js";
import { drawSyncLine, keepSyncLine } from "./sync_line.js";
import { hasText, text } from "./texts.js";
import { keepUpdated } from "./update.js";
import { draw as drawBuilding } from "./views/building.js";
import { draw as drawHome } from "./views/home.js";
import { draw as drawSearch, drawEvening } from "./views/search.js";
import { draw as drawSheet } from "./views/sheet.js";
import { draw as drawWaiting } from "./views/waiting.js";

const VIEWS = [
  [/^\/field\/$/, drawHome],
  [/^\/field\/waiting\/$/, drawWaiting],
  [/^\/field\/surveys\/(\d+)\/$/, drawBuilding],
  [/^\/field\/surveys\/(\d+)\/search\/$/, drawSearch],
  [/^\/field\/surveys\/(\d+)\/evening\/$/, drawEvening],
  [/^\/field\/surveys\/(\d+)\/doors\/(\d+)\/$/, drawSheet],
];

// Views that show what the phone knows and nothing that is being entered: drawn again whenever that changes.
const FIGURES = new Set([drawHome, drawWaiting]);

const about = document.querySelector("meta[name=field]");
const language = about.dataset.language;
const notices = document.getElementById("notices");
const scrolls = new Map();
let session = null;
let drawn = 0;
let leaving = [];
let shownAt = null;
let markup = "";

function viewOf(path) {
  for (const [pattern, draw] of VIEWS) {
    const found = path.match(pattern);
    if (found) return { draw, survey: Number(found[1]) || null, household: Number(found[2]) || null };
  }
  return null;
}

function template(id) {
  return document.getElementById(id).content.cloneNode(true);
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${about.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Says what has just happened, until the next view or the next toast; `action` is a function or an address. */
function toast(content, { action = null, label = "", testid = "" } = {}) {
  clearToast();
  const made = template("toast").firstElementChild;
  made.querySelector(".toast-says").append(content);
  const button = made.querySelector("button");
  if (action) {
    button.textContent = label;
    if (testid) button.dataset.testid = testid;
    button.addEventListener("click", () => (typeof action === "function" ? action() : navigate(action)));
  } else {
    button.remove();
  }
  notices.append(made);
}

function clearToast() {
  notices.querySelector(".toast")?.remove();
}

function sayFailure(what) {
  const made = template("failed");
  made.querySelector("h1").textContent = text("app.name");
  made.querySelector("strong").textContent = text(what);
  made.querySelector("main p").textContent = text(`${what}.says`);
  return made;
}

function contextOf(left, isAgain) {
  return {
    session, language, isAgain, text, hasText, navigate, template, icon, toast,
    redraw: () => show({ again: true }),
    onLeave: (act) => left.push(act),
    notHere: () => sayFailure("view.not_here"),
  };
}

/**
 * Draws the view of the address. An older drawing that ends later is thrown away, and with `lazy` one that shows the
 * same: a finger may be on the old one.
 */
async function show({ again = false, lazy = false, back = false, first = false } = {}) {
  const turn = ++drawn;
  const left = [];
  const url = new URL(location.href);
  const view = viewOf(url.pathname);
  let made;
  try {
    // With nobody here there is nothing to show but the way in, which leads back to this address.
    const draw = session.person ? view.draw : drawHome;
    const { survey, household } = view;
    made = await draw(contextOf(left, again), { survey, household, query: url.searchParams });
  } catch (problem) {
    console.error(problem);
    made = sayFailure("view.failed");
  }
  const marked = FIGURES.has(view?.draw) ? [...made.children].map((part) => part.outerHTML).join("") : "";
  if (turn !== drawn || (lazy && marked === markup)) {
    for (const act of left) act();
    return;
  }
  markup = marked;
  const open = again ? [...document.querySelectorAll("details[data-keep][open]")].map((one) => one.dataset.keep) : [];
  const focus = again ? document.activeElement : null;
  const scroll = again ? scrollNow() : back ? (scrolls.get(url.href) ?? 0) : 0;
  for (const act of leaving) act();
  leaving = left;
  put(made);
  for (const name of open) document.querySelector(`details[data-keep="${name}"]`)?.setAttribute("open", "");
  shownAt = url.href;
  if (again) refocus(focus);
  else if (!first) focusHeading();
  scrollTo(scroll);
}

function put(made) {
  for (const old of [...document.body.children].filter((one) => one.matches("header, main, footer"))) old.remove();
  const parts = [...made.children];
  const footer = parts.find((one) => one.matches("footer"));
  parts.find((one) => one.matches("header"))?.append(drawSyncLine({ template, icon, text, toast }));
  notices.before(...parts.filter((one) => one !== footer));
  if (footer) notices.after(footer);
  document.body.classList.toggle("has-bar", Boolean(footer));
  const heading = document.querySelector("h1");
  document.title = `${heading?.textContent.trim() || text("app.name")} · ${text("app.product")}`;
}

function focusHeading() {
  const heading = document.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function refocus(one) {
  if (!one || document.body.contains(one)) return;
  const again = one.id ? document.getElementById(one.id) : handle(one);
  if (again) again.focus({ preventScroll: true });
  else if (one !== document.body) focusHeading();
}

// What bears the handle that a node bore, in the same row of a list; null where that row is gone.
function handle(node) {
  const find = (place, name) => place?.querySelector(`[data-testid="${CSS.escape(name)}"]`) ?? null;
  const name = node.dataset?.testid;
  const row = node.parentElement?.closest("[data-testid][data-state]")?.dataset.testid;
  return name ? find(row ? find(document, row) : document, name) : null;
}

// A view with a bar at its foot scrolls in its middle, the others as a whole.
function scroller() {
  const main = document.getElementById("main");
  return main && getComputedStyle(main).overflowY === "auto" ? main : document.scrollingElement;
}

const scrollNow = () => scroller().scrollTop;
const scrollTo = (place) => scroller().scrollTo(0, place);

/** Goes to an address of the field page, and resolves when it is drawn; any other address is left to the browser. */
async function navigate(address, { replace = false } = {}) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin || !viewOf(url.pathname)) {
    location.assign(url);
    return;
  }
  scrolls.set(shownAt, scrollNow());
  clearToast();
  if (replace || url.href === location.href) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  await show();
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || event.defaultPrevented) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin || !viewOf(link.pathname)) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  navigate(link.href);
}

async function begin() {
  speak(language);
  history.scrollRestoration = "manual";
  document.addEventListener("click", follow);
  addEventListener("popstate", () => {
    scrolls.set(shownAt, scrollNow());
    clearToast();
    show({ back: true });
  });
  if (followLanguage(language, about.dataset.cookie)) return;
  session = await startSession();
  startSync(session);
  keepSyncLine({ template, icon, text, toast });
  // Before the first view: what is written while it is drawn must not be missed.
  let soon = null;
  const later = () => {
    clearTimeout(soon);
    soon = setTimeout(() => FIGURES.has(viewOf(location.pathname)?.draw) && show({ again: true, lazy: true }), 150);
  };
  const checkVersion = keepUpdated(about, {
    notices,
    template,
    version: () => session.version,
    settle: () => flushDrafts(session),
    sayAlone: () => {
      session.hasWorker = false;
      later();
    },
  });
  changes.addEventListener("change", (event) => {
    // Somebody else is here now, or nobody: nothing of the former person stays on the screen.
    if (event.detail.kind === "person") navigate("/field/", { replace: true });
    else later();
  });
  changes.addEventListener("heard", () => {
    if (followLanguage(language, about.dataset.cookie)) return;
    checkVersion();
    later();
  });
  // What was just sent has moved the figures of the surveys.
  let waited = syncState().pending;
  syncChanges.addEventListener("change", () => {
    const { pending } = syncState();
    if (waited && !pending) session.refresh();
    waited = pending;
  });
  // Back from another page as it was left: since then the person may have signed out there.
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted) return;
    const before = session.person?.id;
    await session.load();
    if (session.person?.id !== before) navigate("/field/", { replace: true });
    session.refresh();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && session.refresh());

  await show({ first: true });
  document.documentElement.dataset.ready = "";
}

begin().catch((problem) => {
  console.error(problem);
  put(sayFailure("view.failed"));
});

// The worker: keeps the page and its files under a cache named by their version, and sends what waits when the browser
// wakes it up. Data of people is never in its cache.

import { keptLanguage } from "./language.js";
import { startSession } from "./session.js";
import { startSync, syncNow } from "./sync.js";

const PREFIX = "gongdi-field-v-";
const FILES = new URL("../", import.meta.url).pathname; // where files of all releases lie

/** Begins to work for one version of the page: `files` are the addresses that it consists of, each with its hash. */
export function begin({ version, files }) {
  const name = `${PREFIX}${version}`;
  const known = new Set(Object.keys(files));

  self.addEventListener("install", (event) => event.waitUntil(keep(name, files)));
  self.addEventListener("activate", (event) => event.waitUntil(dropOthers(name).then(() => self.clients.claim())));
  self.addEventListener("message", (event) => {
    if (event.data?.type === "take-over") self.skipWaiting();
  });
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (request.method !== "GET" || url.origin !== location.origin) return;
    if (request.mode === "navigate") {
      if (isView(url.pathname)) event.respondWith(page(name, request));
    } else if (known.has(url.pathname)) {
      event.respondWith(kept(name, url.pathname, request));
    } else if (url.pathname.startsWith(FILES)) {
      event.respondWith(keptBefore(url.pathname, request));
    }
  });
  self.addEventListener("sync", (event) => {
    if (event.tag === "gongdi-send") event.waitUntil(send());
  });
}

// All or nothing: a page of one release with a file of another would break in ways that nobody sees.
async function keep(name, files) {
  const cache = await caches.open(name);
  await Promise.all(
    Object.entries(files).map(async ([file, integrity]) => cache.put(file, await fetchWhole(file, integrity))),
  );
}

// What the browser has at hand will do if it is the very same.
async function fetchWhole(file, integrity) {
  const options = { integrity, credentials: "omit", redirect: "error" };
  const answer = await fetch(file, options).catch(() => fetch(file, { ...options, cache: "reload" }));
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return answer;
}

// Pages of the last release that are still open need its files, which the server may not have any more: they stay until
// the next release.
async function dropOthers(name) {
  const others = (await caches.keys()).filter((one) => one.startsWith(PREFIX) && one !== name);
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (open.length) others.pop();
  await Promise.all(others.map((one) => caches.delete(one)));
}

function isView(path) {
  return /^\/field\/($|waiting\/$|surveys\/\d+\/($|search\/$|evening\/$|doors\/\d+\/$))/.test(path);
}

async function page(name, request) {
  const language = (await keptLanguage()) ?? "zh-hans";
  return (await caches.match(`/field/shell/${language}/`, { cacheName: name })) ?? fetch(request);
}

async function kept(name, path, request) {
  return (await caches.match(path, { cacheName: name, ignoreVary: true })) ?? fetch(request);
}

async function keptBefore(path, request) {
  return (await caches.match(path, { ignoreVary: true })) ?? fetch(request);
}

async function send() {
  const session = await startSession();
  startSync(session);
  const { pending } = await syncNow();
  if (pending) throw new Error(`${pending} still wait`); // the browser tries again
}

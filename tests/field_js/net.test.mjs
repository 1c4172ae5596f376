import assert from "node:assert/strict";
import { test } from "node:test";

import { html, problem } from "./world.mjs";

const { ask, Problem, Unreachable, Unreadable } = await import("../../static/field/net.js");

const answering = (answer) => (globalThis.fetch = async () => answer);

test("an answer is read, and one without content is null", async () => {
  answering(Response.json({ a: 1 }, { status: 201 }));
  assert.deepEqual(await ask("/x/"), { status: 201, body: { a: 1 } });
  answering(new Response(null, { status: 204 }));
  assert.deepEqual(await ask("/x/"), { status: 204, body: null });
});

test("what is sent carries the session's token and its language", async () => {
  let sent;
  globalThis.fetch = async (url, options) => {
    sent = { url, ...options };
    return Response.json({});
  };
  await ask("/x/", { json: { a: 1 }, csrf: "t", language: "en" });

  assert.deepEqual([sent.method, sent.body, sent.redirect, sent.credentials, sent.cache], ["POST", '{"a":1}', "error", "same-origin", "no-store"]);
  assert.deepEqual(sent.headers, {
    Accept: "application/json", "Accept-Language": "en", "Content-Type": "application/json", "X-CSRFToken": "t",
  });
});

test("a problem keeps its code, words and pause", async () => {
  answering(problem(429, "throttled", "Slow down.", { "Retry-After": "12" }));

  await assert.rejects(ask("/x/"), (error) => {
    assert.ok(error instanceof Problem);
    assert.deepEqual([error.status, error.code, error.detail, error.retryAfter, error.isOurs], [429, "throttled", "Slow down.", 12, true]);
    return true;
  });
});

test("what a proxy says is no word of the server", async () => {
  answering(html(502)());
  await assert.rejects(ask("/x/"), { name: "Problem", status: 502, isOurs: false });
  answering(new Response("{", { status: 400, headers: { "Content-Type": "application/problem+json" } }));
  await assert.rejects(ask("/x/"), { name: "Problem", status: 400, isOurs: false });
});

test("a pause may be a date, and is never longer than an hour", async () => {
  const pause = async (text) => {
    answering(problem(503, "unavailable", "", { "Retry-After": text }));
    return (await ask("/x/").catch((error) => error)).retryAfter;
  };

  assert.ok(Math.abs((await pause(new Date(Date.now() + 30_000).toUTCString())) - 30) < 2);
  assert.equal(await pause("86400"), 3600);
  assert.equal(await pause("0"), 1);
  assert.equal(await pause("soon"), null);
});

test("half an answer cannot be read", async () => {
  answering(new Response('{"results": [', { status: 200 }));
  await assert.rejects(ask("/x/"), Unreadable);
});

test("no answer, or none in time, is unreachable", async () => {
  globalThis.fetch = async () => {
    throw new TypeError("fetch failed");
  };
  await assert.rejects(ask("/x/"), (error) => error instanceof Unreachable && !error.isLate);
  globalThis.fetch = (_url, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  await assert.rejects(ask("/x/", { timeout: 5 }), (error) => error instanceof Unreachable && error.isLate);
});

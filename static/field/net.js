// What is asked of the server, and what can go wrong with it. Nothing here knows what the answers mean.

const TIMEOUT = 30_000; // ms, until the last byte of an answer is there
const BYTES_A_MS = 8; // an uplink of 64 kbit/s: what is larger gets more time

/** The server said no: a problem document (RFC 9457). `isOurs` is false where something on the way answered instead. */
export class Problem extends Error {
  constructor(status, document, retryAfter) {
    super(document?.detail || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.isOurs = document !== null;
    this.code = document?.code || "refused";
    this.detail = document?.detail || "";
    this.errors = Array.isArray(document?.errors) ? document.errors : [];
    this.retryAfter = retryAfter; // seconds, or null
  }

  /** The session's token is not the one that was sent: the sign-in has changed, or its cookie is gone. */
  get isCsrf() {
    return this.status === 403 && (!this.isOurs || /csrf/i.test(`${this.code} ${this.detail}`));
  }
}

/** There was no answer: no network, no server, or too late. Whether the request arrived is not known. */
export class Unreachable extends Error {
  constructor(cause) {
    super("unreachable", { cause });
    this.name = "Unreachable";
    this.isLate = cause?.name === "AbortError" || cause?.name === "TimeoutError";
  }
}

/** There was an answer that cannot be read: cut, or not JSON at all. */
export class Unreadable extends Error {
  constructor(cause) {
    super("unreadable", { cause });
    this.name = "Unreadable";
  }
}

/**
 * Asks the server and returns `{status, body}`; body is null for 204. `json` or `form` makes it a POST.
 * Raises Problem, Unreachable or Unreadable, and nothing else.
 */
export async function ask(url, { json, form, csrf, language, timeout = TIMEOUT } = {}) {
  const headers = { Accept: "application/json" };
  if (language) headers["Accept-Language"] = language;
  let body;
  if (json !== undefined) {
    body = JSON.stringify(json);
    headers["Content-Type"] = "application/json";
    timeout += body.length / BYTES_A_MS;
  } else if (form) {
    body = form;
  }
  if (body !== undefined) headers["X-CSRFToken"] = csrf || "";
  const cancel = new AbortController();
  const timer = setTimeout(() => cancel.abort(), timeout);
  try {
    const response = await answerOf(url, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error", // no answer of ours is one: a captive portal, or a page for people
      signal: cancel.signal,
    });
    if (!response.ok) throw await problemOf(response);
    if (response.status === 204) return { status: 204, body: null };
    try {
      return { status: response.status, body: await response.json() };
    } catch (error) {
      throw cancel.signal.aborted ? new Unreachable(error) : new Unreadable(error);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf(url, options) {
  try {
    return await globalThis.fetch(url, options);
  } catch (error) {
    throw new Unreachable(error);
  }
}

async function problemOf(response) {
  let document = null;
  if (/problem\+json/.test(response.headers.get("Content-Type") || "")) {
    try {
      const read = await response.json();
      if (read && typeof read === "object" && !Array.isArray(read)) document = read;
    } catch {
      // The status alone has to do.
    }
  }
  return new Problem(response.status, document, retryAfterOf(response.headers.get("Retry-After")));
}

function retryAfterOf(text) {
  if (!text) return null;
  const seconds = /^\d+$/.test(text.trim()) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(3600, Math.max(1, seconds)) : null;
}

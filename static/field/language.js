// The language of the page: a cookie for the server, and a copy in a cache for the worker, which sees no cookies.

const NOTES = "gongdi-field-notes";
const NOTE = "/field/language";

/** The language that the worker gives the page in; null if nothing was said yet. */
export async function keptLanguage() {
  const kept = await caches.match(NOTE, { cacheName: NOTES });
  return kept ? kept.text() : null;
}

/** Remembers a language for the server and the worker. Works without a network. */
export async function keepLanguage(language, cookie) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${cookie}=${language}; Path=/; Max-Age=${365 * 24 * 3600}; SameSite=Lax${secure}`;
  await noteLanguage(language);
}

async function noteLanguage(language) {
  try {
    const notes = await caches.open(NOTES);
    await notes.put(NOTE, new Response(language));
  } catch {
    // Without a cache there is no worker either: the server gives the page, and it reads the cookie.
  }
}

/** Loads the page anew, once, if its language is no longer the one that was chosen; says whether it does. */
export function followLanguage(language, cookie) {
  const chosen = languageOfCookie(cookie) ?? language;
  if (chosen === language) {
    noteLanguage(language);
    try {
      sessionStorage.removeItem(NOTE);
    } catch {
      // Nothing is kept here: then nothing has to be forgotten.
    }
    return false;
  }
  try {
    if (sessionStorage.getItem(NOTE) === chosen) return false;
    sessionStorage.setItem(NOTE, chosen);
  } catch {
    return false; // without a memory it might load for ever
  }
  noteLanguage(chosen).then(() => location.reload());
  return true;
}

function languageOfCookie(cookie) {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${cookie}=`));
  return found ? (found.slice(cookie.length + 1) === "en" ? "en" : "zh-hans") : null;
}

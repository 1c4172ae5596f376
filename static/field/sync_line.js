// The line in the head of every view: what waits, and the button that sends it now.

import { syncChanges, syncNow, syncState } from "./sync.js";

const SIGN_IN = "/accounts/login/?next=/field/";
let busy = false;

/** Makes the line for a view's head. */
export function drawSyncLine(context) {
  const made = context.template("sync").firstElementChild;
  const button = made.querySelector("button");
  button.addEventListener("click", () => send(context));
  fill(made, context);
  return made;
}

/** Keeps the line of the view that is shown as the queue and the network change, and says when it turns. */
export function keepSyncLine(context) {
  const heard = document.getElementById("sync-heard");
  let before = syncState().state;
  const again = () => {
    for (const line of document.querySelectorAll(".sync-line")) fill(line, context);
    const { state, pending } = syncState();
    if (state !== before) say(heard, context.text(`sync.${state}`, { n: pending }));
    before = state;
  };
  syncChanges.addEventListener("change", again);
  again();
}

function fill(line, { icon, text }) {
  const now = syncState();
  const link = line.querySelector(".sync");
  if (link.dataset.state !== now.state || !link.querySelector(".sync-sign").firstChild) {
    link.querySelector(".sync-sign").replaceChildren(icon(now.state));
  }
  link.dataset.state = now.state;
  link.dataset.pending = String(now.pending);
  const code = now.state === "offline" && now.pending ? "sync.offline_with" : `sync.${now.state}`;
  say(link.querySelector(".sync-words"), text(code, { n: now.pending }));
  say(link.querySelector(".sr"), text(`sync.${now.state}.says`, { n: now.pending }));
  line.querySelector("button").classList.toggle("is-busy", busy);
}

// Only what changed is written, so that nobody hears the same again.
function say(place, words) {
  if (place.textContent !== words) place.textContent = words;
}

async function send(context) {
  if (busy) return;
  busy = true;
  const { text, toast } = context;
  const mark = () => {
    for (const one of document.querySelectorAll(".sync-line button")) one.classList.toggle("is-busy", busy);
  };
  mark();
  try {
    await syncNow();
  } finally {
    busy = false;
    mark();
  }
  const { pending, refused, photos, why } = syncState();
  if (why === "signed_out") toast(text("home.signed_out"), { action: SIGN_IN, label: text("home.sign_in") });
  else if (pending) toast(text("sync.still_waits", { n: pending }));
  else if (refused) toast(text("home.refused", { n: refused }), { action: "/field/waiting/", label: text("home.see") });
  else toast(photos ? text("home.waiting_photos", { n: photos }) : text("sync.all_sent"));
}

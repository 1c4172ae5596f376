// Signing out wipes what the field page keeps on this phone for the person; first it says what would be lost.

const PATIENCE = 4_000; // ms; on a dead line the form itself says so

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  const warning = form.querySelector("[data-unsent]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      if (await mayHoldDoors()) {
        const { startSession } = await import("../field/session.js");
        const { countRecords, listDrafts } = await import("../field/queue.js");
        const session = await atMost(startSession());
        if (session?.person) {
          const { waiting, refused, photos } = await countRecords(session);
          const drafts = await listDrafts(session);
          if (warning.hidden && isLost(warning, { visits: waiting + refused || photos, sheets: drafts.length })) return;
          await atMost(session.signOut()); // wiped at once; what takes long is the server, which the form asks, too
        }
      }
    } catch (problem) {
      console.warn(problem); // what is left is sealed, and its key goes with the next sign-in
    }
    form.submit();
  });
}

// Null where it takes too long.
function atMost(work) {
  return Promise.race([work, new Promise((resolve) => setTimeout(resolve, PATIENCE, null))]);
}

function isLost(warning, counts) {
  for (const [name, count] of Object.entries(counts)) {
    const line = warning.querySelector(`[data-lost="${name}"]`);
    line.hidden = !count;
    line.querySelector("strong").textContent = String(count);
  }
  warning.hidden = !counts.visits && !counts.sheets;
  if (!warning.hidden) warning.focus();
  return !warning.hidden;
}

// A computer at a desk that never opened the field page is not made a phone by signing out.
async function mayHoldDoors() {
  if (!globalThis.indexedDB) return false;
  if (!indexedDB.databases) return true;
  return (await indexedDB.databases()).some(({ name }) => name === "gongdi-field");
}

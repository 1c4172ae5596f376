// Signing out wipes what the field page keeps on this phone for the person; first it says what would be lost.

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  const warning = form.querySelector("[data-unsent]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      if (await mayHoldDoors()) {
        const { startSession } = await import("../field/session.js");
        const { countRecords } = await import("../field/queue.js");
        const session = await startSession();
        const { waiting, refused, photos } = await countRecords(session);
        const unsent = waiting + refused || photos;
        if (unsent && warning.hidden) {
          warning.querySelector("[data-count]").textContent = String(unsent);
          warning.hidden = false;
          warning.focus();
          return;
        }
        if (session.person) await session.signOut();
      }
    } catch (problem) {
      console.warn(problem); // what is left is sealed, and its key goes with the next sign-in
    }
    form.submit();
  });
}

// A computer at a desk that never opened the field page is not made a phone by signing out.
async function mayHoldDoors() {
  if (!globalThis.indexedDB) return false;
  if (!indexedDB.databases) return true;
  return (await indexedDB.databases()).some(({ name }) => name === "gongdi-field");
}

// Whoever fills in a field of several rows means it to change: its tick follows.
for (const tick of document.querySelectorAll("[data-ticks]")) {
  document.getElementById(`of-${tick.dataset.ticks}`).addEventListener("input", () => { tick.checked = true; });
}

// The check page: reckon the proof in this browser, and say what came out. Without scripts the server's answer stands.
import { examine } from "./proof.js";

const file = document.querySelector("[data-receipt]");
const says = document.querySelector("[data-reckoned]");

function show(name) {
  for (const line of says.children) line.hidden = line.dataset.when !== name;
  says.dataset.state = name;
}

if (file && says) {
  if (!globalThis.crypto?.subtle) {
    show("unable");
  } else {
    const found = await examine(JSON.parse(file.textContent));
    const wrong = !found.included || found.signed === false;
    show(wrong ? "fails" : found.signed === null ? "unsigned" : "holds");
    const root = document.querySelector("[data-own-root]");
    if (root) root.textContent = found.root.replace(/(.{8})(?=.)/g, "$1 ");
  }
}

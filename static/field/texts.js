// The texts that the page carries, by code.

const TEXTS = JSON.parse(document.getElementById("field-texts").textContent);

/** The text of a code with its figures; `figures.n` picks between one and several. An unknown code says itself. */
export function text(code, figures = {}) {
  const found = TEXTS[code];
  if (found === undefined) return code;
  const words = typeof found === "string" ? found : found[figures.n === 1 ? "one" : "other"];
  return words.replace(/%\((\w+)\)s/g, (all, name) => (name in figures ? String(figures[name]) : all));
}

/** Whether there is a text of this code. */
export function hasText(code) {
  return code in TEXTS;
}

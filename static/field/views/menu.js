// The menu on a door sheet: what can be ordered, by category; must-do items are in without being ordered.

const CATEGORIES = ["basic", "improvement", "upgrade"];

/** Fills the groups of a menu, with the `chosen` codes ticked. */
export function fillMenu(box, menu, chosen, context) {
  const { text } = context;
  const mandatory = menu.filter((item) => item.mandatory);
  if (mandatory.length) {
    const label = text("sheet.items_in", { n: mandatory.length });
    const group = groupOf(text("sheet.must_do"), label, mandatory, chosen, context);
    for (const input of group.querySelectorAll("input")) Object.assign(input, { checked: true, disabled: true });
    box.append(group);
  }
  for (const [name, items] of categoriesOf(menu.filter((item) => !item.mandatory))) {
    const group = groupOf(name, text("sheet.items", { n: items.length }), items, chosen, context);
    group.open = true;
    box.append(group);
  }
  const codes = new Set(menu.map((item) => item.code));
  const left = chosen.filter((code) => !codes.has(code)).map((code) => ({ code, name: code }));
  if (left.length) {
    const group = groupOf(text("sheet.not_on_menu"), text("sheet.items", { n: left.length }), left, chosen, context);
    group.open = true;
    box.append(group);
  }
}

/** Says how many items are chosen. */
export function sayChosen(place, number, { text }) {
  place.textContent = number ? text("sheet.items_chosen", { n: number }) : "";
}

function categoriesOf(items) {
  const rank = ({ category }) => (CATEGORIES.includes(category) ? CATEGORIES.indexOf(category) : CATEGORIES.length);
  const sorted = [...items].sort((one, other) => rank(one) - rank(other) || (one.code < other.code ? -1 : 1));
  const groups = new Map();
  for (const item of sorted) groups.set(item.category_name, [...(groups.get(item.category_name) || []), item]);
  return groups;
}

function groupOf(name, label, items, chosen, { template }) {
  const made = template("sheet-group").firstElementChild;
  const [words, count] = made.querySelectorAll("summary span");
  words.textContent = name;
  count.textContent = label;
  const pattern = template("sheet-tick").firstElementChild;
  for (const item of items) {
    const tick = pattern.cloneNode(true);
    const [box, its, code] = tick.children;
    Object.assign(box, { name: "menu_items", value: item.code, checked: chosen.includes(item.code) });
    box.dataset.testid = `menu-${item.code}`;
    its.textContent = item.name;
    code.textContent = item.code;
    made.append(tick);
  }
  return made;
}

// Taking money: what an amount settles is told while it is typed, as the server will spread it: ticked bills first, then
// the oldest. Amounts are whole fen, so that nothing is rounded.
import { fen, spread, yuan } from "./fee_spread.js";

const form = document.querySelector("[data-payment]");
if (form) {
  const amount = form.querySelector("[name=amount]");
  const rows = [...form.querySelectorAll("[data-owed]")];
  const zero = form.dataset.zero;
  const money = (value) => zero.replace("0.00", yuan(value));
  let typed = amount.value !== amount.defaultValue;

  const tell = () => {
    const whole = fen(amount.value);
    const bills = rows.map((row) => ({ owed: fen(row.dataset.owed), named: row.querySelector("input").checked }));
    const { goes, left } = spread(whole ?? 0, bills);
    rows.forEach((row, number) => {
      row.querySelector("[data-goes]").textContent = yuan(goes[number]);
      row.toggleAttribute("data-short", goes[number] < bills[number].owed);
    });
    const owed = bills.reduce((sum, bill) => sum + bill.owed, 0);
    const settled = goes.reduce((sum, part) => sum + part, 0);
    show("[data-left]", left);
    show("[data-owing]", owed - settled);
    for (const place of form.querySelectorAll("[data-says]")) {
      place.textContent = place.dataset.says === "money" ? money(whole ?? 0) : yuan(whole ?? 0);
    }
  };

  const show = (selector, value) => {
    const row = form.querySelector(selector);
    row.hidden = value <= 0;
    row.querySelector("[data-value]").textContent = yuan(value);
  };

  amount.addEventListener("input", () => {
    typed = true;
    tell();
  });
  for (const row of rows) {
    row.querySelector("input").addEventListener("change", () => {
      const ticked = rows.filter((one) => one.querySelector("input").checked);
      if (!typed) {
        const sum = (ticked.length ? ticked : rows).reduce((total, one) => total + fen(one.dataset.owed), 0);
        amount.value = yuan(sum).replaceAll(",", "");
      }
      tell();
    });
  }
  // Only cash goes without a number of its channel.
  const reference = form.querySelector("[name=reference]");
  const asks = () => {
    const method = form.querySelector("[name=method]:checked");
    reference.required = method !== null && method.value !== "cash";
    reference.closest(".field").toggleAttribute("data-asked", reference.required);
  };
  for (const method of form.querySelectorAll("[name=method]")) {
    method.addEventListener("change", asks);
  }
  // The second click of an impatient hand sends nothing; the server would take it once all the same.
  form.addEventListener("submit", () => {
    form.querySelector("[data-testid=pay-submit]").disabled = true;
  });
  window.addEventListener("pageshow", () => {
    form.querySelector("[data-testid=pay-submit]").disabled = false;
  });
  asks();
  tell();
}

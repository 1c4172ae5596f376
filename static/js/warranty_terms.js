// The statutory minimum of a kind of work is entered once the kind is chosen; what somebody entered and is longer stays.
for (const kind of document.querySelectorAll("select[data-least]")) {
  const least = JSON.parse(kind.dataset.least);
  const years = document.getElementById(kind.dataset.years);
  kind.addEventListener("change", () => {
    const needed = least[kind.value] ?? 1;
    years.min = needed;
    if (kind.value in least) {
      if (Number(years.value) < needed || years.dataset.filled) {
        years.value = needed;
        years.dataset.filled = "true";
      }
    } else if (years.dataset.filled) {
      years.value = "";
    }
  });
  years.addEventListener("input", () => delete years.dataset.filled);
}

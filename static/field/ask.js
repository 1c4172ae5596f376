// A question that must be answered before something is lost.

/** Asks, and resolves to whether the answer is yes. `says` are paragraphs; Escape and "Not now" are no. */
export function ask({ template }, { head, says, yes }) {
  const dialog = template("ask").firstElementChild;
  dialog.querySelector("h2").textContent = head;
  dialog.querySelector(".ask-says").append(
    ...says.map((words) => Object.assign(document.createElement("p"), { textContent: words })),
  );
  dialog.querySelector("[value=yes]").textContent = yes;
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
    dialog.querySelector("[value=no]").focus();
  });
}

// The worker, and new versions of the page: found in the background, used when the person says so.

/**
 * Starts the worker, says when a new version is ready, and returns what to call when the server has named its own.
 * `settle` writes what is being entered before the page is loaded anew; `sayAlone` is called where there is no worker.
 */
export function keepUpdated(about, { notices, template, version, settle, sayAlone }) {
  const offer = (use) => {
    if (notices.querySelector(".update")) return;
    const made = template("update").firstElementChild;
    made.querySelector("button").addEventListener("click", () => settle().then(use, use));
    notices.prepend(made);
  };
  const isOld = () => Boolean(version()) && version() !== about.content;

  // Without a worker, a page that is loaded anew is the new one.
  let check = () => isOld() && offer(() => location.reload());
  if (!("serviceWorker" in navigator)) {
    sayAlone();
    check();
    return check;
  }

  const workers = navigator.serviceWorker;
  const hadOne = Boolean(workers.controller);
  let asked = false;
  workers.addEventListener("controllerchange", () => {
    if (asked) location.reload();
    // Another tab took the new version. This one goes on with what it has until it is told.
    else if (hadOne) offer(() => location.reload());
  });

  const watch = (registration) => {
    const use = () => {
      asked = true;
      (registration.waiting ?? registration.installing)?.postMessage({ type: "take-over" });
      // Nobody waits: the version was taken over already, or the browser has no worker for it.
      if (!registration.waiting && !registration.installing) location.reload();
    };
    const ready = () => registration.waiting && workers.controller && offer(use);
    ready();
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", ready);
    });
    check = () => isOld() && registration.update().catch(() => {});
    check();
  };

  workers
    .register(about.dataset.worker, { scope: "/field/", type: "module" })
    .then(watch)
    .catch((problem) => {
      // Private mode, or a browser without modules in workers: the page works as long as it is open.
      console.warn(problem);
      if (!workers.controller) sayAlone();
      check();
    });
  return () => check();
}

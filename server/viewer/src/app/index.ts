// On every page: register the service worker, and show a notice if the page is a copy from a pack.

const COPY = document.getElementById("pack-copy");
const taken = document.documentElement.dataset.pack;

if (COPY && taken) {
  const time = COPY.querySelector("time");
  if (time) {
    time.dateTime = taken;
    time.textContent = new Date(taken).toLocaleDateString(document.documentElement.lang, { dateStyle: "long" });
  }
  COPY.hidden = false;
}

/** The pages work without the worker, so nothing waits for it. */
function register(): void {
  navigator.serviceWorker?.register("/service-worker.js", { updateViaCache: "none" }).catch(() => undefined);
}

if (document.readyState === "complete") register();
else addEventListener("load", register);

export {};

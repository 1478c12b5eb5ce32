// On every page: the service worker, and the word that a page is a copy from a pack.

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

/** Nothing of the page waits for it; where there is none the pages are as they are. */
function register(): void {
  navigator.serviceWorker?.register("/service-worker.js", { updateViaCache: "none" }).catch(() => undefined);
}

if (document.readyState === "complete") register();
else addEventListener("load", register);

export {};

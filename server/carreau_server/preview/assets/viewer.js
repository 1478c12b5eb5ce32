// Tell model-viewer where its decoders are, before it starts, and let the visitor choose a level.
"use strict";

self.ModelViewerElement = {
  dracoDecoderLocation: "/viewer/draco/",
  ktx2TranscoderLocation: "/viewer/basis/",
};

const viewer = document.querySelector("model-viewer");
const levels = document.getElementById("levels");
const status = document.getElementById("status");

if (viewer && levels) {
  levels.hidden = false;
  levels.addEventListener("change", (event) => {
    status.textContent = "Loading…";
    viewer.src = event.target.value;
  });
  // The event names what was loaded: a level chosen meanwhile is still on its way, and `src` already names it.
  viewer.addEventListener("load", (event) => {
    if (event.detail.url === viewer.src) status.textContent = "";
    document.documentElement.dataset.loaded = event.detail.url;
  });
  viewer.addEventListener("error", () => {
    status.textContent = "This level could not be shown; choose another, or download the file below.";
    document.documentElement.dataset.failed = viewer.src;
  });
  // A link may name a level: #phone.glb
  const wanted = [...levels.querySelectorAll("input")].find((input) => input.value.endsWith(`/${location.hash.slice(1)}`));
  if (location.hash && wanted) {
    wanted.checked = true;
    viewer.src = wanted.value;
  }
}

// Shows the page of a place beside its form, as it would be published, and renders it again as one types.
const form = document.getElementById("place");
const preview = document.getElementById("preview");
const frame = preview.querySelector("iframe");
const pane = preview.querySelector(".pane");
const language = document.getElementById("preview-language");
const said = document.getElementById("preview-said");
const buttons = [...preview.querySelectorAll("button[data-width]")];
let waits = 0, isAsking = false, isLate = true, width = 390;

async function show() {
  isLate = true;
  if (!preview.open || isAsking) return;
  isAsking = true;
  while (isLate) {
    isLate = false;
    const body = new URLSearchParams(new FormData(form));
    body.set("lang", language.value);
    try {
      const answer = await fetch(preview.dataset.preview, { method: "POST", body });
      if (answer.ok) tell(await answer.json());
      else preview.hidden = answer.status === 404;
    } catch { /* The desk has ended; saving tells. */ }
  }
  isAsking = false;
  preview.dataset.shown = Number(preview.dataset.shown ?? 0) + 1;
}

function tell(shown) {
  said.textContent = shown.said ?? "";
  if (!shown.address) return;
  // Loading the same page again keeps the place that one had scrolled to.
  if (frame.contentWindow.location.pathname === shown.address) frame.contentWindow.location.reload();
  else frame.src = shown.address;
}

function fit() {
  const scale = Math.min(1, pane.clientWidth / width);
  frame.style.width = `${width}px`;
  frame.style.height = `${pane.clientHeight / scale}px`;
  frame.style.transform = `scale(${scale})`;
}

for (const button of buttons) {
  button.addEventListener("click", () => {
    width = Number(button.dataset.width);
    for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
    fit();
  });
}
language.addEventListener("change", show);
preview.addEventListener("toggle", () => { fit(); if (isLate) show(); });
form.addEventListener("input", () => {
  clearTimeout(waits);
  waits = setTimeout(show, 500);
});
new ResizeObserver(fit).observe(pane);
preview.open = matchMedia("(min-width: 75rem)").matches;

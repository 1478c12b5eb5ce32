// Accepts by Ctrl+Enter, and tells as one types what a translation does not keep. Without scripts saving tells it.
import { checked } from "./signed_in.js";

const form = document.getElementById("text");
const targets = [...form.querySelectorAll("textarea")];
const list = document.getElementById("said"), length = document.getElementById("length");
let waits = 0, asked = 0, isChanged = false;

function line(each, number) {
  const item = document.createElement("li");
  item.textContent = each.text;
  item.classList.toggle("error", each.error);
  if (each.sign) {
    const label = document.createElement("label"), box = document.createElement("input");
    Object.assign(box, { type: "checkbox", name: `confirm.${number}`, value: each.sign });
    box.checked = [...list.querySelectorAll("input:checked")].some((other) => other.value === each.sign);
    label.className = "tick";
    label.append(box, ` ${list.dataset.confirm}`);
    item.append(" ", label);
  }
  return item;
}

async function check() {
  const own = ++asked;
  const found = await checked(form);
  if (!found || own !== asked) return;
  const lines = found.said.map(line);
  // What stands there already is not announced again.
  if (lines.map((each) => each.textContent).join("\n") !== [...list.children].map((each) => each.textContent).join("\n")) {
    list.replaceChildren(...lines);
  }
  if (length) length.textContent = found.length;
}

for (const target of targets) {
  target.addEventListener("input", () => {
    isChanged = true;
    clearTimeout(waits);
    waits = setTimeout(() => check().catch(() => {}), 250);
  });
}
addEventListener("keydown", (pressed) => {
  if (pressed.key !== "Enter" || !(pressed.ctrlKey || pressed.metaKey) || pressed.repeat) return;
  pressed.preventDefault();
  form.requestSubmit(document.getElementById("accept"));
});
form.addEventListener("submit", () => { isChanged = false; });
addEventListener("beforeunload", (leaving) => { if (isChanged) leaving.preventDefault(); });

// Checks the form as one types, and writes what is said beside its fields. Without scripts saving does.
import { checked } from "./signed_in.js";

const form = document.getElementById("place");
const lists = new Map([...form.querySelectorAll("[data-said]")].map((list) => [list.dataset.said, list]));
let waits = 0, asked = 0, isChanged = false;

function tell(list, said) {
  list.replaceChildren(...said.map((each) => {
    const item = document.createElement("li");
    item.textContent = each.text;
    item.classList.toggle("error", each.error);
    return item;
  }));
}

// Fill fields that are empty and that others tell, once those are left, and check again; return whether there were any.
function fill(filled) {
  const empty = Object.entries(filled).map(([name, text]) => [form.elements[`v.${name}`], text]).filter(([field]) => field && !field.value);
  if (!empty.length || document.activeElement === form.elements["v.commune"]) return false;
  for (const [field, text] of empty) field.value = text;
  form.dispatchEvent(new Event("input"));
  return true;
}

async function check() {
  const own = ++asked;
  const found = await checked(form);
  if (!found || own !== asked) return;
  const { fields, rest, filled } = found;
  if (fill(filled)) return;
  for (const [name, list] of lists) tell(list, name === "rest" ? rest : fields[name] ?? []);
  form.dataset.checked = own;
}

form.addEventListener("input", () => {
  isChanged = true;
  clearTimeout(waits);
  waits = setTimeout(() => check().catch(() => {}), 250);
});
// Another page of the place is opened once the form is saved.
for (const link of document.querySelectorAll("nav.place a[data-page]")) {
  link.addEventListener("click", (event) => {
    if (!isChanged || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    form.elements.next.value = link.dataset.page;
    form.requestSubmit(form.querySelector("button[value=save]"));
    form.elements.next.value = "";
  });
}
form.addEventListener("focusout", ({ target }) => {
  if (target === form.elements["v.commune"] && isChanged) check().catch(() => {});
});
form.addEventListener("submit", () => { isChanged = false; });
addEventListener("beforeunload", (leaving) => { if (isChanged) leaving.preventDefault(); });

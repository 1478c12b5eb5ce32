// Checks the form as one types, and writes what is said beside its fields. Without scripts saving does.
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

async function check() {
  const own = ++asked;
  const answer = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (!answer.ok || own !== asked) return;
  const { fields, rest } = await answer.json();
  if (own !== asked) return;
  for (const [name, list] of lists) tell(list, name === "rest" ? rest : fields[name] ?? []);
  form.dataset.checked = own;
}

form.addEventListener("input", () => {
  isChanged = true;
  clearTimeout(waits);
  waits = setTimeout(() => check().catch(() => {}), 250);
});
form.addEventListener("submit", () => { isChanged = false; });
addEventListener("beforeunload", (leaving) => { if (isChanged) leaving.preventDefault(); });

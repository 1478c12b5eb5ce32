// Narrow the list of places; without this module all of them are there.
const form = document.getElementById("filters");
const cards = [...document.querySelectorAll(".card[data-kind]")];
const groups = [...document.querySelectorAll(".group")];
const signs = [...document.querySelectorAll("[data-sign]")];
const counts = [...document.querySelectorAll("[data-count]")];

function fits(card, wanted) {
  return wanted.every(([name, value]) => (card.dataset[name] ?? "").split(name === "has" ? " " : "\n").includes(value));
}

function narrow() {
  const wanted = [...new FormData(form)].filter(([, value]) => value);
  for (const card of cards) card.hidden = !fits(card, wanted);
  for (const group of groups) group.hidden = !group.querySelector(".card:not([hidden])");
  const shown = cards.filter((card) => !card.hidden);
  const count = shown.length;
  // The map shows what the list does.
  const slugs = new Set(shown.map((card) => card.dataset.slug));
  for (const sign of signs) sign.toggleAttribute("hidden", !slugs.has(sign.dataset.sign));
  for (const each of counts) {
    const there = shown.filter((card) => card.dataset.commune === each.dataset.count && card.dataset.at).length;
    each.textContent = there || "";
  }
  const said = count ? `${form.dataset.shown} ${count}` : form.dataset.none;
  form.querySelector(".status").textContent = wanted.length ? said : "";
}

if (form && cards.length) {
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", narrow);
  form.addEventListener("reset", () => setTimeout(narrow));
  narrow(); // a browser that comes back has kept what was chosen
  // Whoever follows a link into a group that is not shown wants to see it.
  addEventListener("hashchange", () => {
    const group = groups.find((each) => each.id === location.hash.slice(1));
    if (group?.hidden) form.reset();
  });
}

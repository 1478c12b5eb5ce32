// Filter the list of places; without this module all places are listed.
const form = document.getElementById("filters");
const fields = [...(form?.querySelectorAll("select") ?? [])];
const cards = [...document.querySelectorAll(".card[data-kind]")];
const groups = [...document.querySelectorAll(".list-group")];
const signs = [...document.querySelectorAll("[data-sign]")];
const counts = [...document.querySelectorAll("[data-count]")];
// A link to each group, with its cards, which sorting by distance may move elsewhere.
const chips = [...document.querySelectorAll("[data-chip]")].map((link) => {
  const group = groups.find((each) => each.id === link.dataset.chip);
  return { link, members: [...(group?.querySelectorAll(".card") ?? [])] };
});

/** Return "12 places" in the language of the page; {number} stands in each plural form. */
function counted(number) {
  const { lang } = document.documentElement;
  const forms = JSON.parse(form.dataset.counts);
  return (forms[new Intl.PluralRules(lang).select(number)] ?? forms.other).replace("{number}", number.toLocaleString(lang));
}

function fits(card, wanted) {
  return wanted.every(([name, value]) => (card.dataset[name] ?? "").split(name === "has" ? " " : "\n").includes(value));
}

function narrow() {
  const wanted = [...new FormData(form)].filter(([, value]) => value);
  for (const card of cards) card.hidden = !fits(card, wanted);
  for (const group of groups) group.hidden = !group.querySelector(".card:not([hidden])");
  for (const { link, members } of chips) {
    const there = members.filter((card) => !card.hidden).length;
    link.querySelector("span").textContent = there;
    link.parentElement.hidden = !there;
  }
  const shown = cards.filter((card) => !card.hidden);
  // As on all pages, samples are not counted.
  const count = shown.filter((card) => !("sample" in card.dataset)).length;
  // The map shows the same places as the list.
  const slugs = new Set(shown.map((card) => card.dataset.slug));
  for (const sign of signs) sign.toggleAttribute("hidden", !slugs.has(sign.dataset.sign));
  for (const each of counts) {
    const there = shown.filter((card) => card.dataset.commune === each.dataset.count && card.dataset.at).length;
    each.textContent = there || "";
  }
  form.querySelector("[type=reset]").parentElement.hidden = !wanted.length;
  const text = shown.length ? counted(count) : form.dataset.none;
  form.querySelector(".status").textContent = wanted.length ? text : "";
  keep(wanted);
}

/** Write the chosen filters into the address, so that it can be shared. */
function keep(wanted) {
  const { pathname, search, hash } = location;
  const query = new URLSearchParams(search);
  for (const { name } of fields) query.delete(name);
  for (const [name, value] of wanted) query.append(name, value);
  const text = query.size ? `?${query}` : "";
  if (text !== search) history.replaceState(history.state, "", pathname + text + hash);
}

/** Apply the filters in the address; without any, form values that the browser has restored stay. */
function choose() {
  const query = new URLSearchParams(location.search);
  if (!fields.some(({ name }) => query.has(name))) return;
  for (const field of fields) {
    const value = query.get(field.name) ?? "";
    field.value = [...field.options].some((option) => option.value === value) ? value : "";
  }
}

/** Reset the filters if a link leads to a hidden group. */
function reveal(hash) {
  const group = groups.find((each) => `#${each.id}` === hash);
  if (!group?.hidden) return;
  form.reset();
  narrow();
  group.scrollIntoView();
}

/** Unfold the map for who follows a link to it. */
function unfold() {
  if (location.hash === "#map") document.getElementById("map")?.setAttribute("open", "");
}

unfold();
addEventListener("hashchange", unfold);
if (form && cards.length) {
  choose();
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", narrow);
  form.addEventListener("reset", () => setTimeout(narrow));
  narrow();
  addEventListener("hashchange", () => reveal(location.hash));
  // A link to the current fragment does not fire hashchange.
  addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link?.getAttribute("href") === location.hash) reveal(location.hash);
  });
}

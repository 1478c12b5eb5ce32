// Narrow the list of places; without this module all of them are there.
const form = document.getElementById("filters");
const fields = [...(form?.querySelectorAll("select") ?? [])];
const cards = [...document.querySelectorAll(".card[data-kind]")];
const groups = [...document.querySelectorAll(".group")];
const signs = [...document.querySelectorAll("[data-sign]")];
const counts = [...document.querySelectorAll("[data-count]")];
// A link to each group, with the cards that are its own wherever they stand meanwhile.
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
  const count = shown.length;
  // The map shows what the list does.
  const slugs = new Set(shown.map((card) => card.dataset.slug));
  for (const sign of signs) sign.toggleAttribute("hidden", !slugs.has(sign.dataset.sign));
  for (const each of counts) {
    const there = shown.filter((card) => card.dataset.commune === each.dataset.count && card.dataset.at).length;
    each.textContent = there || "";
  }
  const text = count ? counted(count) : form.dataset.none;
  form.querySelector(".status").textContent = wanted.length ? text : "";
  keep(wanted);
}

/** Keep in the address what is chosen, to be found again and sent to others. */
function keep(wanted) {
  const { pathname, search, hash } = location;
  const query = new URLSearchParams(search);
  for (const { name } of fields) query.delete(name);
  for (const [name, value] of wanted) query.append(name, value);
  const said = query.size ? `?${query}` : "";
  if (said !== search) history.replaceState(history.state, "", pathname + said + hash);
}

/** Choose what the address says; without a query, what the browser has kept of an earlier visit stays. */
function choose() {
  const query = new URLSearchParams(location.search);
  if (!fields.some(({ name }) => query.has(name))) return;
  for (const field of fields) {
    const value = query.get(field.name) ?? "";
    field.value = [...field.options].some((option) => option.value === value) ? value : "";
  }
}

/** Show all where a link leads into a group that is not shown: who follows it wants to see it. */
function reveal(hash) {
  const group = groups.find((each) => `#${each.id}` === hash);
  if (!group?.hidden) return;
  form.reset();
  narrow();
  group.scrollIntoView();
}

if (form && cards.length) {
  choose();
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", narrow);
  form.addEventListener("reset", () => setTimeout(narrow));
  narrow();
  addEventListener("hashchange", () => reveal(location.hash));
  // A link to where the address is already changes nothing in it.
  addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link?.getAttribute("href") === location.hash) reveal(location.hash);
  });
}

// Search through the API; without one, as on a static host, search the names on this page.
// Our server fills the results for ?q= into the page itself, in the same words: see its search.py.
const form = document.getElementById("search");
const list = document.getElementById("hits");
const status = document.getElementById("status");
const field = form.elements.q;
let latest = 0;

function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function marked(part, of) {
  const letters = [...of.text];
  let end = 0;
  for (const [from, to] of of.marks ?? []) {
    const mark = document.createElement("mark");
    mark.textContent = letters.slice(from, to).join("");
    part.append(letters.slice(end, from).join(""), mark);
    end = to;
  }
  part.append(letters.slice(end).join(""));
}

function item(hit) {
  const row = document.createElement("li");
  const link = document.createElement("a");
  // The page is an address of ours, whatever the answer says.
  link.href = new URL(hit.page, location.origin).pathname;
  marked(link, hit.title);
  const excerpt = document.createElement("p");
  marked(excerpt, hit.excerpt);
  if (hit.lang !== form.dataset.lang) row.lang = hit.lang;
  row.append(link, excerpt);
  return row;
}

function named(words) {
  const wanted = folded(words).split(/\s+/).filter(Boolean);
  return [...document.querySelectorAll("#index li")].filter((row) => wanted.every((word) => folded(row.textContent).includes(word)));
}

/** Return "12 results." in the language of the page; {number} stands in each plural form. */
function counted(number) {
  const { lang } = form.dataset;
  const forms = JSON.parse(form.dataset.counts);
  const text = forms[new Intl.PluralRules(lang).select(number)] ?? forms.other;
  return `${text.replace("{number}", number.toLocaleString(lang))}.`;
}

async function search(words) {
  const mine = ++latest;
  let rows, text = "";
  try {
    const query = new URLSearchParams({ q: words, lang: form.dataset.lang });
    const response = await fetch(`/v1/search?${query}`, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.status);
    const results = await response.json();
    rows = results.hits.map(item);
    const parts = [rows.length ? counted(results.matched) : form.dataset.none];
    if (results.read_as) parts.push(`${form.dataset.read} ${results.read_as}.`);
    if (response.headers.has("Carreau-Pack")) parts.push(form.dataset.kept);
    if (results.is_partial) parts.push(form.dataset.partly);
    text = parts.join(" ");
  } catch {
    rows = named(words).map((row) => row.cloneNode(true));
    text = rows.length ? counted(rows.length) : form.dataset.none;
  }
  if (mine !== latest) return;
  list.replaceChildren(...rows);
  list.hidden = !rows.length;
  status.textContent = text;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = field.value.trim();
  history.replaceState(null, "", words ? `?${new URLSearchParams({ q: words })}` : location.pathname);
  if (words) search(words);
});

const words = new URLSearchParams(location.search).get("q")?.trim();
if (words) {
  field.value = words;
  if (!status.textContent) search(words);
}

// Search through the API; where it does not answer, as on a static host, look for the words in the names on this page.
// Our server writes what it found for ?q= into the page itself, in the same words: see server/search_page.py.
const form = document.getElementById("search");
const list = document.getElementById("hits");
const status = document.getElementById("status");
const field = form.elements.q;
let asked = 0;

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

async function search(words) {
  const mine = ++asked;
  let rows, said = "";
  try {
    const query = new URLSearchParams({ q: words, lang: form.dataset.lang });
    const answer = await fetch(`/v1/search?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    const found = await answer.json();
    rows = found.hits.map(item);
    if (found.read_as) said = `${form.dataset.read} ${found.read_as}. `;
    if (found.is_partial) said += form.dataset.partly;
    if (answer.headers.has("Carreau-Pack")) said += form.dataset.kept;
    said = `${rows.length ? `${form.dataset.found} ${found.matched}.` : form.dataset.none} ${said}`;
  } catch {
    rows = named(words).map((row) => row.cloneNode(true));
    said = rows.length ? `${form.dataset.found} ${rows.length}.` : form.dataset.none;
  }
  if (mine !== asked) return;
  list.replaceChildren(...rows);
  list.hidden = !rows.length;
  status.textContent = said;
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

// Generate embed code with a preview; without this module the page shows an example.
const form = document.getElementById("snippet");
const field = (name) => document.getElementById(name);
const { base } = form.dataset;

function escaped(text) {
  return text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
}

function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function chosen() {
  const option = field("what").selectedOptions[0];
  const [kind, slug] = option.value.split(":");
  const lang = field("lang").value;
  const name = JSON.parse(option.dataset.names)[lang] ?? option.textContent;
  const states = JSON.parse(option.dataset.states);
  const page = JSON.parse(option.parentElement.dataset.pages)[lang].replace("{slug}", slug);
  return { kind, slug, lang, name, states, page };
}

function fillStates(wanted) {
  const { states } = chosen();
  field("state").replaceChildren(...states.map(([id, title], at) => new Option(title, at ? id : "", false, id === wanted)));
  field("state").disabled = states.length < 2;
}

/** Return the two colours that were chosen, and what can be read on them. */
function colours() {
  const [ground, accent] = [field("ground").value, field("accent").value];
  const ink = contrast(ground, "#ffffff") > contrast(ground, "#000000") ? "#ffffff" : "#000000";
  const isAlike = contrast(ground, accent) < 4.5;
  return { ground, accent: isAlike ? ink : accent, ink, isAlike, parameter: `${ground},${accent}`.replaceAll("#", "") };
}

function styleOf(wanted, width) {
  // The size is there before the script, so that nothing moves, and the link stays below the model.
  const styles = ["display:grid", "width:100%", "align-items:end", "aspect-ratio:4/3", "min-height:360px"];
  if (width) styles.push(`max-width:${width}px`);
  if (wanted === "light" || wanted === "dark") styles.push(`color-scheme:${wanted}`);
  if (wanted === "own") {
    const { ground, accent, ink } = colours();
    styles.push(`--carreau-ground:${ground}`, `--carreau-stage:${ground}`, `--carreau-ink:${ink}`, `--carreau-soft:${ink}`, `--carreau-accent:${accent}`, `--carreau-on-accent:${ground}`);
  }
  return styles.join(";");
}

function write() {
  const { kind, slug, lang, name, states, page } = chosen();
  const [state, wanted] = [field("state").value, field("colours").value];
  const [width, height] = ["width", "height"].map((each) => (field(each).validity.valid ? field(each).value : ""));
  const isPyramid = kind === "site" && states.length > 0 && field("pyramid").checked;
  const query = new URLSearchParams({ lang });
  const options = new URLSearchParams();
  if (state) options.set("state", state);
  if (wanted) options.set("colours", wanted === "own" ? colours().parameter : wanted);
  if (isPyramid) options.set("display", "pyramid");
  for (const [key, value] of options) query.set(key, value);
  const readable = (parameters) => String(parameters).replaceAll("%2C", ",");
  const path = `${kind === "site" ? "/embed/" : `/embed/${kind}s/`}${slug}?${readable(query)}`;
  const allow = kind === "site" ? form.dataset.allowSite : form.dataset.allow;
  const size = { width: width || "100%", height: height || "600" };
  field("frame").value = `<iframe src="${escaped(base + path)}" title="${escaped(name)}" width="${size.width}" height="${size.height}" loading="lazy" allow="${allow}" referrerpolicy="strict-origin-when-cross-origin" style="border:0;max-width:100%"></iframe>`;
  const values = [["site", slug], ["state", state], ["lang", lang], ["display", isPyramid ? "pyramid" : ""], ["style", styleOf(wanted, width)]];
  const attributes = values.filter(([, value]) => value).map(([key, value]) => ` ${key}="${escaped(value)}"`).join("");
  field("component").value = `<script type="module" src="${base}/viewer/carreau-viewer.js"></script>\n<carreau-viewer${attributes}><a href="${base}${page}">${escaped(name)}</a></carreau-viewer>`;
  const fragment = readable(options);
  field("address").value = base + page + (fragment ? `#${fragment}` : "");
  const isAlone = kind !== "site" || !states.length;
  field("as-component").hidden = isAlone;
  field("own").hidden = wanted !== "own";
  field("pyramid").closest("p").hidden = isAlone;
  const note = [isAlone ? form.dataset.none : "", wanted === "own" && colours().isAlike ? form.dataset.alike : ""].filter(Boolean).join(" ");
  if (field("note").textContent !== note) field("note").textContent = note;
  show(path, form.dataset.preview.replace("{name}", name), size, allow);
}

function show(path, title, size, allow) {
  const old = field("preview").firstElementChild;
  if (old?.getAttribute("src") === path && old.width === size.width && old.height === size.height) return;
  const frame = document.createElement("iframe");
  // A new frame each time: navigating an existing one would add to the history of the page.
  Object.assign(frame, { src: path, title, width: size.width, height: size.height, loading: "lazy", allow });
  field("preview").replaceChildren(frame);
}

async function copy(button) {
  const text = field(button.dataset.copy);
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(text.value);
  } catch {
    text.select();
    isCopied = document.execCommand("copy");
  }
  // Screen readers do not read an unchanged text again.
  field("said").textContent = "";
  setTimeout(() => (field("said").textContent = isCopied ? form.dataset.copied : form.dataset.uncopied), 50);
}

if (field("what").options.length) {
  const query = new URLSearchParams(location.search);
  for (const kind of ["site", "route", "trail"]) {
    const option = [...field("what").options].find((each) => each.value === `${kind}:${query.get(kind)}`);
    if (option) option.selected = true;
  }
  fillStates(query.get("state"));
  form.hidden = field("preview-title").hidden = false;
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    if (event.target === field("what")) fillStates();
    write();
  });
  write();
}

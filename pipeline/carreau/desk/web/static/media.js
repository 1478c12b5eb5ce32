// Several files at once: a drop zone, a block of fields for each, and an answer that keeps what is chosen.
// Without scripts the form sends one file at a time.
import { isRenewed, saidIn } from "./signed_in.js";

const form = document.getElementById("media");
const first = form.querySelector("[data-block]"), empty = first.cloneNode(true);

const blocks = () => [...form.querySelectorAll("[data-block]")];
const input = (block) => block.querySelector("input[type=file][required], input[type=file][data-file]");

function added() {
  const number = blocks().length, block = empty.cloneNode(true);
  for (const each of [block, ...block.querySelectorAll("*")]) {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      if (each.hasAttribute(name)) each.setAttribute(name, each.getAttribute(name).replace(/(?<=[.-])0$/, number));
    }
  }
  block.querySelector("[data-number]").textContent = number + 1;
  // Of all files but the first, credit and licence may be left empty: then those of the first hold.
  for (const each of block.querySelectorAll(`[name="credit.${number}"], [name="licence.${number}"]`)) each.required = false;
  for (const each of block.querySelectorAll("input:not([type=file], [type=checkbox]), textarea")) each.value = "";
  blocks().at(-1).after(block);
  prepared(block);
  input(block).required = false; // it may be left out again
  return block;
}

function put(block, file) {
  const carrier = new DataTransfer();
  carrier.items.add(file);
  input(block).files = carrier.files;
}

function shared(files, from) {
  const [own, ...rest] = files;
  if (own) put(from, own);
  for (const file of rest) {
    if (blocks().length >= Number(form.dataset.most)) break;
    put(blocks().find((block) => !input(block).files.length) ?? added(), file);
  }
}

function prepared(block) {
  const field = input(block), zone = block.querySelector("[data-drop]");
  field.dataset.file = "";
  field.multiple = true;
  field.addEventListener("change", () => { if (field.files.length > 1) shared([...field.files], block); });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop") shared([...event.dataTransfer.files], block);
    });
  }
}

function tell(texts) {
  const said = document.getElementById("said");
  said.replaceChildren(...texts.map((text) => {
    const line = document.createElement("p");
    line.className = "notice heed";
    line.setAttribute("role", "alert");
    line.textContent = text;
    return line;
  }));
  said.scrollIntoView({ block: "nearest" });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const large = blocks().flatMap((block) => [...input(block).files]).find((file) => file.size > Number(form.dataset.largest));
  if (large) return tell([`${form.dataset.large} ${large.name}`]);
  const status = document.getElementById("sending"), button = form.querySelector("button.lamp");
  status.textContent = form.dataset.sending;
  button.disabled = true;
  try {
    // A redirect means that it is saved; the page that it leads to tells so once, and is not to be fetched here.
    const send = () => fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    let answer = await send();
    if (answer.status === 403 && await isRenewed(form)) answer = await send();
    if (answer.type === "opaqueredirect") return location.assign(form.action);
    const said = saidIn(await answer.text(), answer.headers.get("Content-Type"));
    tell(said.length ? said : [form.dataset.failed]);
  } catch {
    tell([form.dataset.failed]);
  } finally {
    status.textContent = "";
    button.disabled = false;
  }
});

prepared(first);

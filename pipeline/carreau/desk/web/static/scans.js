// Sends what is dropped or chosen, also a folder with all below it, and shows how far it is. Without scripts the form
// sends files that are chosen one by one.
import { isRenewed, saidIn } from "./signed_in.js";

const form = document.getElementById("send-scan");
const progress = document.getElementById("sending");
const line = document.getElementById("sending-line");
const folder = document.getElementById("folder");

async function* filesIn(entry, path) {
  if (entry.isFile) {
    yield [path + entry.name, await new Promise((found, failed) => { entry.file(found, failed); })];
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // It gives a hundred at a time, and then none.
    const entries = await new Promise((found, failed) => { reader.readEntries(found, failed); });
    if (!entries.length) return;
    for (const each of entries) yield* filesIn(each, `${path}${entry.name}/`);
  }
}

function send(files) {
  const shown = files.filter(([path]) => !path.split("/").some((step) => step.startsWith(".")));
  if (!shown.length) {
    // The browser says beside the field that it wants a file, in its own words.
    form.elements.files.required = true;
    form.elements.files.reportValidity();
    form.elements.files.required = false;
    return;
  }
  const body = new FormData();
  for (const each of form.querySelectorAll("input[type=hidden]")) body.append(each.name, each.value);
  body.append("paths", JSON.stringify(shown.map(([path]) => path)));
  for (const [, file] of shown) body.append("files", file);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (sent) => {
    if (!sent.lengthComputable) return;
    progress.max = sent.total;
    progress.value = sent.loaded;
  });
  request.addEventListener("load", async () => {
    if (request.status < 400) {
      location.assign(request.responseURL);
      return;
    }
    if (request.status === 403 && await isRenewed(form)) {
      send(files);
      return;
    }
    tell(saidIn(request.responseText, request.getResponseHeader("Content-Type"))[0] ?? request.statusText);
  });
  request.addEventListener("error", () => tell(form.dataset.failed));
  progress.hidden = false;
  line.textContent = "";
  request.send(body);
}

function tell(text) {
  progress.hidden = true;
  line.textContent = text;
}

form.addEventListener("dragover", (over) => over.preventDefault());
form.addEventListener("drop", async (dropped) => {
  dropped.preventDefault();
  const entries = [...dropped.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry);
  const files = [];
  for (const entry of entries) for await (const file of filesIn(entry, "")) files.push(file);
  send(files);
});
form.addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const chosen = [...form.elements.files.files, ...folder.files];
  send(chosen.map((file) => [file.webkitRelativePath || file.name, file]));
});
form.elements.files.required = false;
folder.closest(".field").hidden = false;

// Choose the map that this device has, and copy coordinates; without this module all links are shown as they are.
const agent = navigator.userAgent;
const isApple = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
const isAndroid = /Android/.test(agent);

for (const section of document.querySelectorAll(".go")) {
  const own = section.querySelector("[data-geo]").parentElement;
  own.hidden = !isAndroid;
  if (isAndroid) own.parentElement.prepend(own);
  if (isApple) for (const link of section.querySelectorAll("[data-apple]")) link.href = link.dataset.apple;
  const button = section.querySelector("[data-copy-at]");
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

async function copy(button) {
  const words = button.parentElement.dataset;
  const status = button.parentElement.querySelector("[role=status]");
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(button.dataset.copyAt);
  } catch {
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
    isCopied = document.execCommand("copy");
  }
  // Screen readers do not read an unchanged text again.
  status.textContent = "";
  setTimeout(() => (status.textContent = isCopied ? words.copied : words.uncopied), 50);
}

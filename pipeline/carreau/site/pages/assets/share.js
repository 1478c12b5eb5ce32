// Share the address of this page: by what the device has for it, or by copying. Without this module there is no button.
for (const part of document.querySelectorAll("[data-share]")) {
  const button = part.querySelector("button");
  button.addEventListener("click", () => share(part));
  part.hidden = false;
}

async function share(part) {
  if (navigator.share) {
    try {
      return await navigator.share({ title: document.title, url: location.href });
    } catch (failure) {
      // Who closes the dialog of the device has changed their mind.
      if (failure.name === "AbortError") return;
    }
  }
  const status = part.querySelector("[role=status]");
  const { copied, uncopied } = part.dataset;
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(location.href);
  } catch {
    isCopied = copyByHand();
  }
  // Screen readers do not read an unchanged text again.
  status.textContent = "";
  setTimeout(() => (status.textContent = isCopied ? copied : uncopied), 50);
}

/** Copy where pages may not write to the clipboard, as on HTTP; return whether it is done. */
function copyByHand() {
  const field = document.createElement("textarea");
  field.value = location.href;
  field.readOnly = true;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

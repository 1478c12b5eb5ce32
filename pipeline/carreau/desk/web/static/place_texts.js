// Accepts by Ctrl+Enter, and asks before what was typed is left.
const form = document.getElementById("texts");
let isChanged = false;
form.addEventListener("input", () => { isChanged = true; });
form.addEventListener("submit", () => { isChanged = false; });
addEventListener("beforeunload", (leaving) => { if (isChanged) leaving.preventDefault(); });
addEventListener("keydown", (pressed) => {
  if (pressed.key !== "Enter" || !(pressed.ctrlKey || pressed.metaKey) || pressed.repeat) return;
  pressed.preventDefault();
  form.requestSubmit();
});

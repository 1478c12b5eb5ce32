// Takes the word of a session that was opened in another tab meanwhile; the page stays as it is, with all that was typed.
export async function isRenewed(form) {
  const answer = await fetch("/session").catch(() => null);
  if (!answer?.ok) return false;
  const { csrf } = await answer.json();
  if (form.elements.csrf.value === csrf) return false;
  form.elements.csrf.value = csrf;
  return true;
}

// What an answer says went wrong: that to a script, or a page.
export function saidIn(text, type) {
  if (type?.includes("json")) return JSON.parse(text).said ?? [];
  const page = new DOMParser().parseFromString(text, "text/html");
  return [...page.querySelectorAll("[role=alert]")].map((each) => each.textContent);
}

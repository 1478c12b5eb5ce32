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

// Say beside the button that saves why a form was not checked, until it is again.
function tellStopped(form, said) {
  const place = form.querySelector("[data-stopped]"), text = said.join(" ");
  if (!text) place?.remove();
  else if (place) place.textContent = text;
  else {
    const told = document.createElement("span");
    Object.assign(told, { className: "notice heed", role: "alert", textContent: text });
    told.dataset.stopped = "";
    form.querySelector("button.lamp").before(told);
  }
}

// What a form that is not saved is answered by its check; null where it is not checked, which is told in it.
export async function checked(form) {
  const ask = () => fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  let answer = await ask();
  if (answer.status === 403 && await isRenewed(form)) answer = await ask();
  tellStopped(form, answer.ok ? [] : saidIn(await answer.text(), answer.headers.get("content-type")));
  return answer.ok ? answer.json() : null;
}

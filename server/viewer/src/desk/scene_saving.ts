// Send what was edited, and take what the desk answers.
import type { SceneState } from "./scene_state";

/** A document as the desk tells it. */
export interface ToldScene {
  /** What a form brings back: the document that its fields refer to. */
  read: string;
  values: Readonly<Record<string, string>>;
  orders: Readonly<Record<string, readonly string[]>>;
  /** What somebody else has saved meanwhile in fields that were changed here too, by name. */
  theirs: Readonly<Record<string, string>>;
}

/** What became of a save; `now` is missing where nothing can be gone on from. */
export interface SceneAnswer {
  isSaved: boolean;
  isMerged: boolean;
  said: readonly string[];
  now?: ToldScene;
}

/** Write into the notes of a scan; throws where the desk does not answer. Return what it says. */
export async function sendNotes(url: string, fields: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return (await posted<{ said: string[] }>(url, new URLSearchParams(fields)))[0].said;
}

/** What became of captions that were sent; without a name of their file they were refused. */
export interface CaptionsAnswer {
  said: readonly string[];
  captions: string;
  /** All files of captions that lie there now. */
  all: readonly string[];
}

/** Send a file of captions for a sound; throws where the desk does not answer. */
export async function sendCaptions(url: string, csrf: string, file: File): Promise<CaptionsAnswer> {
  const fields = new FormData();
  fields.append("csrf", csrf); // before the file, as nothing is taken without it
  fields.append("captions", file);
  const { said, captions = "", all = [] } = (await posted<Partial<CaptionsAnswer> & { said: string[] }>(url, fields))[0];
  return { said, captions, all };
}

/** Save; throws where the desk does not answer. */
export async function sendScene(url: string, csrf: string, read: string, { values, orders }: SceneState): Promise<SceneAnswer> {
  const fields = new URLSearchParams({ csrf, read });
  for (const [name, value] of Object.entries(values)) fields.append(`v.${name}`, value);
  for (const [name, rows] of Object.entries(orders)) fields.append(`o.${name}`, rows.join(" "));
  const [told, isSaved] = await posted<Partial<ToldScene> & { said: string[]; is_merged?: boolean }>(url, fields);
  const { read: next, said, is_merged: isMerged = false } = told;
  const now = next === undefined ? {} : { now: { read: next, values: told.values ?? {}, orders: told.orders ?? {}, theirs: told.theirs ?? {} } };
  return { isSaved, isMerged, said, ...now };
}

/** Return the answer to a form, and whether it was taken; it is sent again where somebody has signed in again. */
async function posted<Told>(url: string, fields: URLSearchParams | FormData): Promise<[Told, boolean]> {
  const send = () => fetch(url, { method: "POST", body: fields });
  let answer = await send();
  if (answer.status === 403 && (await isRenewed(fields))) answer = await send();
  if (!answer.headers.get("Content-Type")?.includes("json")) throw new Error(String(answer.status));
  return [(await answer.json()) as Told, answer.ok];
}

/** Take the word of a session that was opened in another tab meanwhile; return whether there is one. */
async function isRenewed(fields: URLSearchParams | FormData): Promise<boolean> {
  const answer = await fetch("/session");
  if (!answer.ok) return false;
  const { csrf } = (await answer.json()) as { csrf: string };
  if (csrf === fields.get("csrf")) return false;
  fields.set("csrf", csrf);
  const own = document.querySelector<HTMLInputElement>("input[name=csrf]");
  if (own) own.value = csrf;
  return true;
}

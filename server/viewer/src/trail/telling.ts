// How a trail is told: with children or without, on foot, by bicycle or at home. The same for all trails, on this device.
import { type LocalStore, localStore, readStored, writeStored } from "../local_store";

const KEY = "carreau-telling";

export interface Telling {
  readonly withChildren: boolean;
  /** "walk", "bike" or "home"; empty before the visitor has chosen. */
  readonly means: string;
}

/** Return the stored choice; the default one where it is damaged. */
export function readTelling(store: LocalStore | undefined = localStore()): Telling {
  const stored = readStored(store, KEY) as Partial<Record<string, unknown>> | undefined;
  const means = stored?.["means"];
  return { withChildren: stored?.["withChildren"] === true, means: typeof means === "string" ? means : "" };
}

/** Set up the choices of a panel, and tell the chapters accordingly. */
export function setUpTelling(panel: HTMLElement, articles: readonly HTMLElement[], onChange: (telling: Telling) => void): void {
  const children = panel.querySelector<HTMLInputElement>("[data-children]");
  const means = [...panel.querySelectorAll<HTMLInputElement>("[data-means]")];
  const stored = readTelling();
  if (children) children.checked = stored.withChildren;
  (means.find((each) => each.value === stored.means) ?? means[0])?.setAttribute("checked", "");

  function apply(): Telling {
    const telling = { withChildren: !!children?.checked, means: means.find((each) => each.checked)?.value ?? "" };
    for (const article of articles) tellChildrenFirst(article, telling.withChildren);
    onChange(telling);
    return telling;
  }

  panel.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input === children || means.includes(input)) writeStored(localStore(), KEY, apply());
  });
  apply();
}

/** Show the telling to children before the text, and open; or after it, folded. */
function tellChildrenFirst(article: HTMLElement, isFirst: boolean): void {
  const told = article.querySelector<HTMLDetailsElement>("details.trail-telling");
  const text = article.querySelector(".prose");
  if (!told || !text || told.open === isFirst) return;
  if (isFirst) text.before(told);
  else text.after(told);
  told.open = isFirst;
}

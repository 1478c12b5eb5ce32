// In a frame on a page of others: what its address asks for, and the talk with that page. Loaded before the viewer.
import type { CarreauViewer } from "../element";
import type { CarreauEvents } from "../events";
import { readLook } from "../models/camera";
import { readOptions, secretOf, staticPage } from "./options";
import { type Command, Talk, UnavailableError } from "./post_message";

const EVENTS = ["load", "error", "annotation", "step", "compare", "ar"] as const satisfies readonly (keyof CarreauEvents extends `carreau-${infer Name}` ? Name : never)[];
const root = document.documentElement;
const { dataset } = document.body;
const languages = (dataset["languages"] ?? "").split(" ");
/** Each state as the page has it, before the viewer makes something of it. */
const states = new Map([...document.querySelectorAll<HTMLTemplateElement>("template[data-state]")].map((each) => [each.dataset["state"] ?? "", each.content]));
const first = document.querySelector("article.state");
if (first) {
  const copy = document.createDocumentFragment();
  copy.append(first.cloneNode(true));
  states.set(viewerOf(first)?.getAttribute("state") ?? "", copy);
}

function viewerOf(part: ParentNode): CarreauViewer | null {
  return part.querySelector("carreau-viewer");
}

function viewer(): CarreauViewer {
  const found = viewerOf(document);
  if (!found) throw new UnavailableError();
  return found;
}

/** Put a state where another one is. */
function showState(id: string): void {
  const part = states.get(id);
  const article = document.querySelector("article.state");
  if (!part || !article) throw new UnavailableError();
  if (viewerOf(article)?.state === id) return;
  article.replaceWith(part.cloneNode(true));
  dressed();
}

function dressed(): void {
  if (options.isPyramid) viewerOf(document)?.setAttribute("display", "pyramid");
}

/** Load the page in another language. */
function speak(lang: string): void {
  if (!languages.includes(lang)) throw new UnavailableError();
  const asked = new URL(location.href);
  asked.searchParams.set("lang", lang);
  if (lang !== root.lang) location.replace(asked);
}

function done(isThere: boolean): undefined {
  if (!isThere) throw new UnavailableError();
}

async function run(command: Command): Promise<object | undefined> {
  switch (command.do) {
    case "hello":
      root.classList.toggle("fitted", command.fit === true);
      queueMicrotask(measure);
      return { site: dataset["site"] ?? "", route: dataset["route"] ?? "", lang: root.lang, state: viewerOf(document)?.state ?? "", states: [...states.keys()], languages };
    case "open":
      await viewer().open();
      if (!viewer().level) throw new Error("nothing is shown");
      return undefined;
    case "show":
      await viewer().show(command.level);
      return undefined;
    case "state": {
      const isOpen = !!viewer().level;
      showState(command.state);
      if (isOpen) await viewer().open();
      return undefined;
    }
    case "lang":
      speak(command.lang);
      return undefined;
    case "view":
      await viewer().open();
      if (!readLook(command.view)) throw new UnavailableError();
      viewer().view = command.view;
      return undefined;
    case "lookAt":
      return done(await viewer().lookAt(command.annotation));
    case "step":
      return done(await viewer().goToStep(command.tour, command.step ?? 1));
    case "compare":
      return done(await viewer().compare(command.with, command.mode ?? "slider", command.share ?? 0.5));
    case "stopComparing":
      viewer().stopComparing();
      return undefined;
  }
}

let height = 0;

/** Tell how high the page is, so that the one around can make the frame as high. */
function measure(): void {
  height = Math.ceil(document.body.getBoundingClientRect().height);
  talk.tell("resize", { height });
  // WordPress sets the height of a frame that it made from an address; what it hears has no other words.
  const secret = secretOf(location.hash);
  if (secret) parent.postMessage({ message: "height", value: height, secret }, "*");
}

const options = readOptions(location.search, location.hash);
const talk = new Talk(parent, run);

if (options.lang && options.lang !== root.lang && languages.includes(options.lang)) {
  const page = staticPage(location.pathname, options.lang, languages[0] ?? "");
  if (page) location.replace(page + location.search + location.hash);
}
for (const [name, value] of Object.entries(options.colours?.properties ?? {})) root.style.setProperty(name, value);
if (options.colours) root.style.colorScheme = options.colours.isDark ? "dark" : "light";
root.classList.toggle("kiosk", options.isPyramid);
// WordPress makes the frame as high as it hears, so that the page need not fit into what there is.
root.classList.toggle("fitted", !!secretOf(location.hash));
if (states.has(options.state)) showState(options.state);
dressed();
if (parent !== window) {
  addEventListener("message", (event) => void talk.hear(event));
  for (const name of EVENTS) document.addEventListener(`carreau-${name}`, (event) => talk.tell(name, (event as CustomEvent<object>).detail));
  new ResizeObserver(() => Math.ceil(document.body.getBoundingClientRect().height) !== height && measure()).observe(document.body);
}

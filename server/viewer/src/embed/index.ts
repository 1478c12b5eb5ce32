// An embedded frame: the options in its address, and messages to and from its parent. Loaded before the viewer.
import type { CarreauViewer } from "../element";
import type { CarreauEvents } from "../events";
import { parseView } from "../models/camera";
import { parseOptions, secretOf, staticPage } from "./options";
import { type Command, ParentChannel, UnavailableError } from "./post_message";

const EVENTS = ["load", "error", "annotation", "step", "compare", "ar"] as const satisfies readonly (keyof CarreauEvents extends `carreau-${infer Name}` ? Name : never)[];
const root = document.documentElement;
const { dataset } = document.body;
const languages = (dataset["languages"] ?? "").split(" ");
/** The markup of each state, before the viewer changes it. */
const states = new Map([...document.querySelectorAll<HTMLTemplateElement>("template[data-state]")].map((each) => [each.dataset["state"] ?? "", each.content]));
const first = document.querySelector("article.place-state");
if (first) {
  const copy = document.createDocumentFragment();
  copy.append(first.cloneNode(true));
  states.set(viewerOf(first)?.getAttribute("state") ?? "", copy);
}

function viewerOf(part: ParentNode): CarreauViewer | null {
  return part.querySelector("carreau-viewer");
}

function viewer(): CarreauViewer {
  const element = viewerOf(document);
  if (!element) throw new UnavailableError();
  return element;
}

/** Replace the state that is shown. */
function showState(id: string): void {
  const part = states.get(id);
  const article = document.querySelector("article.place-state");
  if (!part || !article) throw new UnavailableError();
  if (viewerOf(article)?.state === id) return;
  article.replaceWith(part.cloneNode(true));
  applyDisplay();
}

function applyDisplay(): void {
  if (options.isPyramid) viewerOf(document)?.setAttribute("display", "pyramid");
}

/** Load the page in another language. */
function changeLanguage(lang: string): void {
  if (!languages.includes(lang)) throw new UnavailableError();
  const url = new URL(location.href);
  url.searchParams.set("lang", lang);
  if (lang !== root.lang) location.replace(url);
}

function requireDone(isDone: boolean): undefined {
  if (!isDone) throw new UnavailableError();
}

async function runCommand(command: Command): Promise<object | undefined> {
  switch (command.do) {
    case "hello":
      root.classList.toggle("embed-fitted", command.fit === true);
      queueMicrotask(sendHeight);
      return { site: dataset["site"] ?? "", route: dataset["route"] ?? "", trail: dataset["trail"] ?? "", lang: root.lang, state: viewerOf(document)?.state ?? "", states: [...states.keys()], languages };
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
      changeLanguage(command.lang);
      return undefined;
    case "view":
      await viewer().open();
      if (!parseView(command.view)) throw new UnavailableError();
      viewer().view = command.view;
      return undefined;
    case "lookAt":
      return requireDone(await viewer().lookAt(command.annotation));
    case "step":
      return requireDone(await viewer().goToStep(command.tour, command.step ?? 1));
    case "compare":
      return requireDone(await viewer().compare(command.with, command.mode ?? "slider", command.share ?? 0.5));
    case "stopComparing":
      viewer().stopComparing();
      return undefined;
  }
}

let height = 0;

function bodyHeight(): number {
  return Math.ceil(document.body.getBoundingClientRect().height);
}

/** Send the height of the page, so that the parent can resize the frame. */
function sendHeight(): void {
  height = bodyHeight();
  channel.send("resize", { height });
  // WordPress resizes its frames only after a message of this form.
  if (secret) parent.postMessage({ message: "height", value: height, secret }, "*");
}

const options = parseOptions(location.search, location.hash);
const secret = secretOf(location.hash);
const channel = new ParentChannel(parent, runCommand);

if (options.lang && options.lang !== root.lang && languages.includes(options.lang)) {
  const page = staticPage(location.pathname, options.lang, languages[0] ?? "");
  if (page) location.replace(page + location.search + location.hash);
}
for (const [name, value] of Object.entries(options.colours?.properties ?? {})) root.style.setProperty(name, value);
if (options.colours) root.style.colorScheme = options.colours.isDark ? "dark" : "light";
root.classList.toggle("embed-kiosk", options.isPyramid);
// WordPress resizes the frame to its content, so the page need not fit the frame.
root.classList.toggle("embed-fitted", !!secret);
// The script of trails, and a browser without it, go to the chapter that the fragment names.
if (options.chapter && document.getElementById(`chapter=${options.chapter}`)) location.replace(`#chapter=${options.chapter}`);
if (states.has(options.state)) showState(options.state);
applyDisplay();
if (parent !== window) {
  addEventListener("message", (event) => void channel.receive(event));
  for (const name of EVENTS) document.addEventListener(`carreau-${name}`, (event) => channel.send(name, (event as CustomEvent<object>).detail));
  new ResizeObserver(() => bodyHeight() !== height && sendHeight()).observe(document.body);
}

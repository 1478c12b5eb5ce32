// Pages with a map: image of IGN under it, list by distance, arrival at the stops of a route.
import { setUpIgnLayer } from "./ign_layer";
import { setUpNear } from "./near";
import { readWords } from "./place_words";
import { redirectToLanguage } from "./plate";
import { setUpWalk } from "./walk";

const find = (selector: string): HTMLElement | null => document.querySelector<HTMLElement>(selector);

const [ground, near, walk, plate] = [find("[data-ground]"), find("[data-near]"), find("[data-walk]"), find("[data-plate]")];
if (ground) setUpIgnLayer(ground);
if (near) setUpNear(near, readWords(near));
if (walk) setUpWalk(walk, readWords(walk));
if (plate) redirectToLanguage(plate);

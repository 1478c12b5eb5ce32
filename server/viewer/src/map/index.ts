// What pages with a map do when the visitor wants it: lay a picture of IGN under it, sort by distance, notice arrivals.
import { offerGround } from "./ign_layer";
import { offerNear } from "./near";
import { wordsOf } from "./place_words";
import { leadOn } from "./plate";
import { offerWalk } from "./walk";

const find = (selector: string): HTMLElement | null => document.querySelector<HTMLElement>(selector);

const [ground, near, walk, plate] = [find("[data-ground]"), find("[data-near]"), find("[data-walk]"), find("[data-plate]")];
if (ground) offerGround(ground);
if (near) offerNear(near, wordsOf(near));
if (walk) offerWalk(walk, wordsOf(walk));
if (plate) leadOn(plate);

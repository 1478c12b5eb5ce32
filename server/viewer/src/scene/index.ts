// Pages with a map that moves: its player.
import { setUpPlayer } from "./player";

document.querySelectorAll<HTMLElement>("[data-moving]").forEach(setUpPlayer);

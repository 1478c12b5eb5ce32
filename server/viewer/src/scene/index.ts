// Pages with a map that moves: its player.
import { setUpPlayer } from "./map_player";

document.querySelectorAll<HTMLElement>("[data-moving]").forEach(setUpPlayer);

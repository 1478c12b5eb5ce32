// Pages of trails: the player, over a page that tells everything without it.
import { TrailPlayer } from "./player";

const panel = document.querySelector<HTMLElement>("[data-trail-player]");
if (panel) new TrailPlayer(panel);

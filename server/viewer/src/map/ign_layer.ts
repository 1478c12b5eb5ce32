// Lay a picture of IGN under our map, when the visitor asks for it. Nothing is asked of IGN before.
import { h } from "../dom";
import { type Land, landOf } from "./bounds";

const SERVER = "https://data.geopf.fr/wms-r";
const LAYERS: Record<string, { layer: string; format: string }> = {
  plan: { layer: "GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2", format: "image/png" },
  photo: { layer: "ORTHOIMAGERY.ORTHOPHOTOS", format: "image/jpeg" },
};
const MOST_PX = 2000;

/** Return the address of a picture of a piece of land (OGC WMS 1.3.0, GetMap).
 *
 * EPSG:4326 is even in degrees, as our drawing is, and names the latitude first: stretched to the same sides, the two
 * lie exactly on each other.
 *
 * widthPx : how wide the drawing is shown, in pixels of the screen
 */
export function groundUrl(kind: string, land: Land, widthPx: number): string {
  const { west, south, east, north } = land.bounds;
  const width = Math.min(MOST_PX, Math.max(200, Math.ceil(widthPx / 100) * 100));
  const { layer, format } = LAYERS[kind] ?? LAYERS["plan"]!;
  const asked = {
    SERVICE: "WMS", VERSION: "1.3.0", REQUEST: "GetMap", LAYERS: layer, STYLES: "", CRS: "EPSG:4326",
    BBOX: [south, west, north, east].join(","), WIDTH: String(width),
    HEIGHT: String(Math.round((width * land.height) / land.width)), FORMAT: format,
  };
  return `${SERVER}?${new URLSearchParams(asked)}`;
}

/** Let a panel beside a map lay pictures under it. */
export function offerGround(panel: HTMLElement): void {
  const svg = panel.closest("figure")?.querySelector<SVGSVGElement>("svg[data-bounds]");
  const land = svg ? landOf(svg) : undefined;
  if (!svg || !land) return;
  const said = panel.querySelector<HTMLElement>("[role=status]")!;
  const buttons = [...panel.querySelectorAll<HTMLButtonElement>("button[data-layer]")];
  const credits = [...panel.parentElement!.querySelectorAll<HTMLElement>("[data-credit]")];
  // The picture lies in a box with the map, which is made when it is needed.
  const box = h("div", { class: "drawing" });
  let picture: HTMLImageElement | undefined;

  function settle(kind: string, words: string | undefined): void {
    box.classList.toggle("has-ground", !!kind);
    box.dataset["laid"] = kind;
    for (const credit of credits) credit.hidden = credit.dataset["credit"] !== kind;
    for (const each of buttons) each.setAttribute("aria-pressed", String(!!kind && each.dataset["layer"] === kind));
    said.textContent = words ?? "";
  }

  function put(kind: string): void {
    picture?.remove();
    picture = undefined;
    settle("", kind ? panel.dataset["loading"] : panel.dataset["gone"]);
    if (!kind) return;
    if (!box.isConnected) {
      svg!.before(box);
      box.append(svg!);
    }
    const src = groundUrl(kind, land!, svg!.clientWidth * devicePixelRatio);
    // Without credentials no cookie is sent or kept; without a referrer IGN is not told which page it is.
    const made = h("img", { alt: "", crossorigin: "anonymous", referrerpolicy: "no-referrer" });
    made.addEventListener("load", () => picture === made && settle(kind, panel.dataset["shown"]));
    made.addEventListener("error", () => {
      if (picture !== made) return;
      made.remove();
      picture = undefined;
      settle("", panel.dataset["failed"]);
    });
    picture = made;
    box.prepend(made);
    made.src = src;
  }

  for (const each of buttons) {
    each.addEventListener("click", () => put(each.getAttribute("aria-pressed") === "true" ? "" : (each.dataset["layer"] ?? "")));
  }
  panel.hidden = false;
}

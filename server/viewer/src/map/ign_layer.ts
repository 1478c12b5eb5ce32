// Show an image of IGN under the map at the visitor's request. Before that, nothing is requested from IGN.
import { h } from "../dom";
import { type MapProjection, projectionOf } from "./bounds";

const SERVER = "https://data.geopf.fr/wms-r";
const LAYERS: Record<string, { layer: string; format: string }> = {
  plan: { layer: "GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2", format: "image/png" },
  photo: { layer: "ORTHOIMAGERY.ORTHOPHOTOS", format: "image/jpeg" },
};
const MOST_PX = 2000;

/** Return the URL of an image of the map's area (OGC WMS 1.3.0, GetMap).
 *
 * EPSG:4326 is equirectangular, as the drawing is, and its axis order is latitude, longitude. Stretched to the same
 * bounds, image and drawing match exactly.
 *
 * widthPx : width of the drawing on the screen, in pixels
 */
export function wmsUrl(kind: string, projection: MapProjection, widthPx: number): string {
  const { west, south, east, north } = projection.bounds;
  const width = Math.min(MOST_PX, Math.max(200, Math.ceil(widthPx / 100) * 100));
  const { layer, format } = LAYERS[kind] ?? LAYERS["plan"]!;
  const parameters = {
    SERVICE: "WMS", VERSION: "1.3.0", REQUEST: "GetMap", LAYERS: layer, STYLES: "", CRS: "EPSG:4326",
    BBOX: [south, west, north, east].join(","), WIDTH: String(width),
    HEIGHT: String(Math.round((width * projection.height) / projection.width)), FORMAT: format,
  };
  return `${SERVER}?${new URLSearchParams(parameters)}`;
}

/** Let the buttons of a panel show images under its map. */
export function setUpIgnLayer(panel: HTMLElement): void {
  const svg = panel.closest("figure")?.querySelector<SVGSVGElement>("svg[data-bounds]");
  const projection = svg ? projectionOf(svg) : undefined;
  if (!svg || !projection) return;
  const status = panel.querySelector<HTMLElement>("[role=status]")!;
  const buttons = [...panel.querySelectorAll<HTMLButtonElement>("button[data-layer]")];
  const credits = [...panel.parentElement!.querySelectorAll<HTMLElement>("[data-credit]")];
  // The box that holds image and map is created at the first use.
  const box = h("div", { class: "map-drawing" });
  let picture: HTMLImageElement | undefined;

  function showLayer(kind: string, words: string | undefined): void {
    box.classList.toggle("map-has-ground", !!kind);
    box.dataset["laid"] = kind;
    for (const credit of credits) credit.hidden = credit.dataset["credit"] !== kind;
    for (const each of buttons) each.setAttribute("aria-pressed", String(!!kind && each.dataset["layer"] === kind));
    status.textContent = words ?? "";
  }

  function loadLayer(kind: string): void {
    picture?.remove();
    picture = undefined;
    showLayer("", kind ? panel.dataset["loading"] : panel.dataset["gone"]);
    if (!kind) return;
    if (!box.isConnected) {
      svg!.before(box);
      box.append(svg!);
    }
    const src = wmsUrl(kind, projection!, svg!.clientWidth * devicePixelRatio);
    // Without credentials, no cookie is sent or stored; without a referrer, IGN does not learn the page.
    const image = h("img", { alt: "", crossorigin: "anonymous", referrerpolicy: "no-referrer" });
    image.addEventListener("load", () => picture === image && showLayer(kind, panel.dataset["shown"]));
    image.addEventListener("error", () => {
      if (picture !== image) return;
      image.remove();
      picture = undefined;
      showLayer("", panel.dataset["failed"]);
    });
    picture = image;
    box.prepend(image);
    image.src = src;
  }

  for (const each of buttons) {
    each.addEventListener("click", () => loadLayer(each.getAttribute("aria-pressed") === "true" ? "" : (each.dataset["layer"] ?? "")));
  }
  panel.hidden = false;
}

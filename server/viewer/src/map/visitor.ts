// Mark on the map where the visitor is, and how exactly that is known.
import { svgOf } from "../dom";
import type { Point } from "../geo/sphere";
import { type Land, mapOfPage } from "./bounds";
import type { Fix } from "./position";

export class Visitor {
  readonly #map: { svg: SVGSVGElement; land: Land } | undefined = mapOfPage();
  #mark: SVGElement | undefined;

  /** Show a position; says whether the map reaches that far. */
  show(fix: Fix): boolean {
    this.hide();
    if (!this.#map?.land.shows(fix)) return false;
    const { svg, land } = this.#map;
    const { x, y } = land.at(fix);
    this.#mark = svgOf("g", { class: "visitor", "aria-hidden": "true" });
    this.#mark.append(
      svgOf("circle", { class: "around", cx: x, cy: y, r: fix.accuracy * land.scale }),
      svgOf("circle", { class: "dot", cx: x, cy: y, r: 9 }),
    );
    svg.append(this.#mark);
    return true;
  }

  hide(): void {
    this.#mark?.remove();
    this.#mark = undefined;
  }

  /** Say whether a point lies within the outline of a site, as the map draws it; what is cut off there does not count. */
  isWithin(point: Point, slug: string): boolean {
    if (!this.#map || !slug) return false;
    const { svg, land } = this.#map;
    const area = svg.querySelector<SVGGeometryElement>(`[data-area="${CSS.escape(slug)}"]`);
    return area?.isPointInFill(new DOMPoint(...Object.values(land.at(point)))) ?? false;
  }
}

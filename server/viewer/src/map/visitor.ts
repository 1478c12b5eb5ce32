// Mark on the map where the visitor is, and how exactly that is known.
import { svgElement } from "../dom";
import type { Point } from "../geo/sphere";
import { type MapProjection, findMap } from "./bounds";
import type { Fix } from "./position";

export class Visitor {
  readonly #map: { svg: SVGSVGElement; projection: MapProjection } | undefined = findMap();
  #mark: SVGElement | undefined;

  /** Show a position; says whether the map reaches that far. */
  show(fix: Fix): boolean {
    this.hide();
    if (!this.#map?.projection.shows(fix)) return false;
    const { svg, projection } = this.#map;
    const { x, y } = projection.at(fix);
    this.#mark = svgElement("g", { class: "visitor", "aria-hidden": "true" });
    this.#mark.append(
      svgElement("circle", { class: "around", cx: x, cy: y, r: fix.accuracy * projection.scale }),
      svgElement("circle", { class: "dot", cx: x, cy: y, r: 9 }),
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
    const { svg, projection } = this.#map;
    const area = svg.querySelector<SVGGeometryElement>(`[data-area="${CSS.escape(slug)}"]`);
    return area?.isPointInFill(new DOMPoint(...Object.values(projection.at(point)))) ?? false;
  }
}

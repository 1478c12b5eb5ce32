// Show the visitor's position and its accuracy on the map.
import { svgElement } from "../dom";
import type { Point } from "../geo/sphere";
import { findMap, type MapProjection } from "./bounds";
import type { Fix } from "./position";

export class Visitor {
  readonly #map: { svg: SVGSVGElement; projection: MapProjection } | undefined = findMap();
  #mark: SVGElement | undefined;

  /** Show a position; return whether the map contains it. */
  show(fix: Fix): boolean {
    this.hide();
    if (!this.#map?.projection.shows(fix)) return false;
    const { svg, projection } = this.#map;
    const { x, y } = projection.at(fix);
    this.#mark = svgElement("g", { class: "map-visitor", "aria-hidden": "true" });
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

  /** Return whether a point is within the outline of a site as drawn on the map, which may be clipped. */
  isWithin(point: Point, slug: string): boolean {
    if (!this.#map || !slug) return false;
    const { svg, projection } = this.#map;
    const area = svg.querySelector<SVGGeometryElement>(`[data-area="${CSS.escape(slug)}"]`);
    return area?.isPointInFill(new DOMPoint(...Object.values(projection.at(point)))) ?? false;
  }
}

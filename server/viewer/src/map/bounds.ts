// Projection of a map: it is equirectangular, so its four sides give the position of every point.
import { EARTH_M, type Point } from "../geo/sphere";

/** The sides of a map, in degrees. */
export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Projection from degrees to the units of a drawing. */
export class MapProjection {
  readonly bounds: Bounds;
  readonly width: number;
  readonly height: number;

  constructor(bounds: Bounds, width: number, height: number) {
    this.bounds = bounds;
    this.width = width;
    this.height = height;
  }

  /** Return the position of a point in the drawing. */
  at(point: Point): { x: number; y: number } {
    const { west, south, east, north } = this.bounds;
    return {
      x: ((point.lon - west) / (east - west)) * this.width,
      y: ((north - point.lat) / (north - south)) * this.height,
    };
  }

  /** Return the point at a position in the drawing. */
  pointAt(x: number, y: number): Point {
    const { west, south, east, north } = this.bounds;
    return { lon: west + (x / this.width) * (east - west), lat: north - (y / this.height) * (north - south) };
  }

  /** Return whether the map shows a point. */
  shows(point: Point): boolean {
    const { x, y } = this.at(point);
    return x >= 0 && y >= 0 && x <= this.width && y <= this.height;
  }

  /** Units per metre. */
  get scale(): number {
    const { south, north } = this.bounds;
    return this.height / (((north - south) * Math.PI * EARTH_M) / 180);
  }
}

/** Return the projection of a drawing; undefined if it has no bounds. */
export function projectionOf(svg: SVGSVGElement): MapProjection | undefined {
  const [west, south, east, north] = (svg.dataset["bounds"] ?? "").split(" ").map(Number.parseFloat);
  if (west === undefined || south === undefined || east === undefined || north === undefined) return undefined;
  const { width, height } = svg.viewBox.baseVal;
  return new MapProjection({ west, south, east, north }, width, height);
}

/** Return the map of the page, with its projection. */
export function findMap(): { svg: SVGSVGElement; projection: MapProjection } | undefined {
  const svg = document.querySelector<SVGSVGElement>("svg[data-bounds]");
  const projection = svg ? projectionOf(svg) : undefined;
  return svg && projection ? { svg, projection } : undefined;
}

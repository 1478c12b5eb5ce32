// Distances and bearings on a sphere of the Earth's mean radius (IUGG): within 0.6 % of the ellipsoid, which is less than
// the error of a phone's position.
export const EARTH_M = 6_371_008.8;

/** A point in WGS 84, in degrees. */
export interface Point {
  lon: number;
  lat: number;
}

/** The eight compass points, clockwise from north. */
export const DIRECTIONS = [
  "north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west",
] as const;
export type Direction = (typeof DIRECTIONS)[number];

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Return the distance of two points, in metres (haversine). */
export function distance(from: Point, to: Point): number {
  const up = Math.sin(radians(to.lat - from.lat) / 2);
  const across = Math.sin(radians(to.lon - from.lon) / 2);
  const half = up * up + Math.cos(radians(from.lat)) * Math.cos(radians(to.lat)) * across * across;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Return the initial bearing from one point to another: degrees clockwise from north, below 360. */
export function bearing(from: Point, to: Point): number {
  const turn = radians(to.lon - from.lon);
  const east = Math.sin(turn) * Math.cos(radians(to.lat));
  const north =
    Math.cos(radians(from.lat)) * Math.sin(radians(to.lat)) -
    Math.sin(radians(from.lat)) * Math.cos(radians(to.lat)) * Math.cos(turn);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** Return the compass point nearest to a bearing in degrees; negative bearings are counter-clockwise. */
export function compassPoint(degrees: number): Direction {
  return DIRECTIONS.at(Math.round(degrees / 45) % 8) as Direction;
}

/** Parse "longitude latitude"; undefined if it is not a point. */
export function parsePoint(text: string | undefined): Point | undefined {
  const [lon, lat, ...more] = (text ?? "").split(" ").map(Number.parseFloat);
  if (lon === undefined || lat === undefined || more.length) return undefined;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : undefined;
}

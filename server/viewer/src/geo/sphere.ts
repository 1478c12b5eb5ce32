// Measure on the Earth as on a sphere of its mean radius (IUGG): within 0.6 % of a way on the ellipsoid, which is less
// than a phone knows of its place.
export const EARTH_M = 6_371_008.8;

/** A point in WGS 84, in degrees. */
export interface Point {
  lon: number;
  lat: number;
}

/** Names of the eight directions, clockwise from north. */
export const DIRECTIONS = [
  "north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west",
] as const;
export type Direction = (typeof DIRECTIONS)[number];

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Return how far it is from one point to another on the ground, in metres (haversine). */
export function distance(from: Point, to: Point): number {
  const up = Math.sin(radians(to.lat - from.lat) / 2);
  const across = Math.sin(radians(to.lon - from.lon) / 2);
  const half = up * up + Math.cos(radians(from.lat)) * Math.cos(radians(to.lat)) * across * across;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Return where to go at first from one point to another: degrees from north, clockwise, below 360. */
export function bearing(from: Point, to: Point): number {
  const turn = radians(to.lon - from.lon);
  const east = Math.sin(turn) * Math.cos(radians(to.lat));
  const north =
    Math.cos(radians(from.lat)) * Math.sin(radians(to.lat)) -
    Math.sin(radians(from.lat)) * Math.cos(radians(to.lat)) * Math.cos(turn);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** Return the direction that a bearing is nearest to. */
export function compassPoint(degrees: number): Direction {
  return DIRECTIONS.at(Math.round(degrees / 45) % 8) as Direction;
}

/** Read "longitude latitude", as pages write it; undefined where it is none. */
export function parsePoint(text: string | undefined): Point | undefined {
  const [lon, lat, ...more] = (text ?? "").split(" ").map(Number.parseFloat);
  if (lon === undefined || lat === undefined || more.length) return undefined;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : undefined;
}

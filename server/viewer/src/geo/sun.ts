// Position of the sun. Low-precision formulas: J. Meeus, Astronomical Algorithms, 2nd edition (1998), chapters 12, 13
// and 25; within 0.02 degrees of NREL's Solar Position Algorithm between 1900 and 2100. Refraction is ignored.

/** Degrees: azimuth clockwise from north, elevation above the horizon. */
export interface Sun {
  azimuth: number;
  elevation: number;
}

const RADIANS = Math.PI / 180;
const sin = (degrees: number) => Math.sin(degrees * RADIANS);
const cos = (degrees: number) => Math.cos(degrees * RADIANS);
const normalizeDegrees = (degrees: number) => ((degrees % 360) + 360) % 360;

/** Return the days since 2000 January 1, noon; the time is in milliseconds since 1970. */
function daysOf(time: number): number {
  return time / 86_400_000 - 10_957.5;
}

/** Return right ascension and declination of the sun, in degrees. */
export function equatorial(time: number): { ascension: number; declination: number } {
  const t = daysOf(time) / 36_525;
  const mean = 280.46646 + t * (36_000.76983 + t * 0.0003032);
  const anomaly = 357.52911 + t * (35_999.05029 - t * 0.0001537);
  const centre =
    (1.914602 - t * (0.004817 + t * 0.000014)) * sin(anomaly) + (0.019993 - t * 0.000101) * sin(2 * anomaly) + 0.000289 * sin(3 * anomaly);
  const node = 125.04 - 1934.136 * t;
  const longitude = mean + centre - 0.00569 - 0.00478 * sin(node);
  const obliquity = 23.4392911 - t * 0.0130042 + 0.00256 * cos(node);
  const ascension = Math.atan2(cos(obliquity) * sin(longitude), cos(longitude)) / RADIANS;
  return { ascension: normalizeDegrees(ascension), declination: Math.asin(sin(obliquity) * sin(longitude)) / RADIANS };
}

/** Return the position of the sun at a location; longitude and latitude in degrees, east and north positive. */
export function sunAt(time: number, lon: number, lat: number): Sun {
  const { ascension, declination } = equatorial(time);
  const sidereal = 280.46061837 + 360.98564736629 * daysOf(time);
  const hour = sidereal + lon - ascension;
  const up = sin(lat) * sin(declination) + cos(lat) * cos(declination) * cos(hour);
  const east = -cos(declination) * sin(hour);
  const north = cos(lat) * sin(declination) - sin(lat) * cos(declination) * cos(hour);
  return { azimuth: normalizeDegrees(Math.atan2(east, north) / RADIANS), elevation: Math.asin(Math.max(-1, Math.min(1, up))) / RADIANS };
}

/** Return the time at which the clocks of a time zone show an hour of a day ("2026-06-21", 13.5). */
export function instant(day: string, hour: number, zone: string): number {
  const local = Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000;
  // Twice, as the offset may change in between.
  return [0, 1].reduce((time) => local - utcOffset(time, zone), local);
}

/** Return the UTC offset of a time zone, in milliseconds. */
function utcOffset(time: number, zone: string): number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const [year, month, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"].map((name) => parts[name] ?? 0) as
    [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
}

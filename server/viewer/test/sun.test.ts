import { expect, test } from "vitest";
import { equatorial, instant, sunAt } from "../src/geo/sun";

// J. Meeus, Astronomical Algorithms, 2nd edition (1998), example 25.a: 1992 October 13, 0h of dynamical time.
test("right ascension and declination match the book", () => {
  const { ascension, declination } = equatorial(Date.UTC(1992, 9, 13));
  expect(ascension).toBeCloseTo(198.38083, 2);
  expect(declination).toBeCloseTo(-7.78507, 2);
});

// Reda and Andreas, NREL/TP-560-34302 (2008), table A5.1: azimuth 194.34024, zenith 50.11162 with 0.016 of refraction.
test("the sun over Golden, Colorado, matches NREL", () => {
  const sun = sunAt(Date.parse("2003-10-17T12:30:30-07:00"), -105.1786, 39.742476);
  expect(Math.abs(sun.azimuth - 194.34024)).toBeLessThan(0.02);
  expect(Math.abs(90 - sun.elevation - 50.11162)).toBeLessThan(0.03);
});

// NREL's reference program, its data as the crate solar-positioning 0.5.2 has them, of Auckland in 1910: azimuth and zenith.
test.each([
  ["1910-03-15T00:30:00Z", 0.188643, 34.269919],
  ["1910-03-15T03:30:00Z", 298.894756, 53.637925],
  ["1910-03-15T09:30:00Z", 237.156205, 122.642657],
  ["1910-03-15T12:30:00Z", 180.112832, 140.79748],
])("and that of Auckland at %s", (when, azimuth, zenith) => {
  const sun = sunAt(Date.parse(when), 174.74, -36.840556);
  expect(Math.abs(sun.azimuth - azimuth)).toBeLessThan(0.05);
  expect(Math.abs(90 - sun.elevation - zenith)).toBeLessThan(0.05);
});

test("French clocks are one hour ahead of UTC in winter and two in summer", () => {
  expect(instant("2026-01-15", 12, "Europe/Paris")).toBe(Date.UTC(2026, 0, 15, 11));
  expect(instant("2026-06-21", 13.5, "Europe/Paris")).toBe(Date.UTC(2026, 5, 21, 11, 30));
  expect(instant("2026-10-25", 0, "Europe/Paris")).toBe(Date.UTC(2026, 9, 24, 22));
  expect(instant("2026-10-25", 24, "Europe/Paris")).toBe(Date.UTC(2026, 9, 25, 23));
});

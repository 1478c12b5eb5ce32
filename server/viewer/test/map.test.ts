// Distances, progress, and requests to IGN.
import { describe, expect, test, vi } from "vitest";
import { bearing, compassPoint, distance, parsePoint } from "../src/geo/sphere";
import { MapProjection } from "../src/map/bounds";
import { wmsUrl } from "../src/map/ign_layer";
import { PlaceWords } from "../src/map/place_words";
import { preferredLanguage } from "../src/map/plate";
import { DAY_MS, WalkProgress } from "../src/map/progress";
import type { StoredPack } from "../src/offline/pack_store";
import { plateRedirect } from "../src/worker/pack_answers";

const ARENBERG = { lon: 3.38, lat: 50.388 };
const north = (metres: number): { lon: number; lat: number } => ({ ...ARENBERG, lat: ARENBERG.lat + metres / 111_195.08 });

describe("on the sphere", () => {
  test("distances follow great circles", () => {
    // A quarter of a great circle of the mean radius, and zero.
    expect(distance({ lon: 0, lat: 0 }, { lon: 90, lat: 0 })).toBeCloseTo(10_007_557.2, 0);
    expect(distance({ lon: 0, lat: -90 }, { lon: 77, lat: 90 })).toBeCloseTo(20_015_114.4, 0);
    expect(distance(ARENBERG, ARENBERG)).toBe(0);
    expect(distance(ARENBERG, north(1000))).toBeCloseTo(1000, 2);
    // Across 180°, the short way.
    expect(distance({ lon: 179.5, lat: 0 }, { lon: -179.5, lat: 0 })).toBeCloseTo(111_195.08, 0);
  });

  test("bearings go clockwise from north, and have names", () => {
    const around = [[0, 1], [1, 1], [1, 0], [1, -1], [0, -1], [-1, -1], [-1, 0], [-1, 1]] as const;
    const names = around.map(([east, up]) => compassPoint(bearing({ lon: 0, lat: 0 }, { lon: east * 0.01, lat: up * 0.01 })));
    expect(names).toEqual(["north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"]);
    expect([compassPoint(337.4), compassPoint(337.6), compassPoint(359.9), compassPoint(22.4)]).toEqual(["north_west", "north", "north", "north"]);
  });

  test("points are parsed, or undefined", () => {
    expect(parsePoint("3.38 50.388")).toEqual(ARENBERG);
    for (const wrong of [undefined, "", "3.38", "a b", "200 50", "3 91", "1 2 3"]) expect(parsePoint(wrong)).toBeUndefined();
  });
});

describe("words", () => {
  const words = new PlaceWords("fr", { north_east: "à {distance} au nord-est", north: "à {distance} au nord", close: "à moins de {distance}", next: "{number}, {name}" });
  const plainText = (text: string): string => text.replace(/\s/g, " ");

  test("distances are no finer than the accuracy of a phone", () => {
    const texts = [3, 23, 97.4, 97.6, 344, 994, 996, 1449, 12_340, 187_400].map((length) => plainText(words.metres(length)));
    expect(texts).toEqual(["5 m", "25 m", "95 m", "100 m", "340 m", "990 m", "1 km", "1,4 km", "12,3 km", "187 km"]);
  });

  test("distance and direction are one sentence", () => {
    const there = { lon: ARENBERG.lon + 0.01, lat: ARENBERG.lat + 0.0064 };
    expect(plainText(words.away(ARENBERG, there))).toBe("à 1 km au nord-est");
    // Within the accuracy of the position, the direction is unknown.
    expect(plainText(words.away({ ...ARENBERG, accuracy: 12 }, north(0)))).toBe("à moins de 15 m");
    expect(plainText(words.away({ ...ARENBERG, accuracy: 12 }, north(14)))).toBe("à moins de 15 m");
    expect(plainText(words.away({ ...ARENBERG, accuracy: 12 }, north(25)))).toBe("à 25 m au nord");
    expect(words.t("next", { number: 3, name: "{number}" })).toBe("3, {number}");
  });
});

describe("progress", () => {
  class Store {
    readonly items = new Map<string, string>();
    getItem = (key: string): string | null => this.items.get(key) ?? null;
    setItem = (key: string, value: string): void => void this.items.set(key, value);
    removeItem = (key: string): void => void this.items.delete(key);
  }

  test("is stored for a day, as numbers only", () => {
    const store = new Store();
    new WalkProgress("a", store, () => 0).add(3);
    expect([...store.items]).toEqual([["carreau-walk-a", `{"stops":[3],"until":${DAY_MS}}`]]);
    expect([...new WalkProgress("a", store, () => DAY_MS - 1).reached]).toEqual([3]);
    expect([...new WalkProgress("b", store, () => 0).reached]).toEqual([]);
    expect([...new WalkProgress("a", store, () => DAY_MS).reached]).toEqual([]);
    expect(store.items.size).toBe(0);
  });

  test("can be deleted, and works without storage", () => {
    const store = new Store();
    const progress = new WalkProgress("a", store, () => 0);
    progress.add(1);
    progress.forget();
    expect([store.items.size, progress.reached.size]).toEqual([0, 0]);
    const none = new WalkProgress("a", undefined);
    none.add(2);
    expect([...none.reached]).toEqual([2]);
    for (const wrong of ["{", "[]", '{"stops":"a","until":9e99}', "3"]) {
      store.setItem("carreau-walk-a", wrong);
      expect(new WalkProgress("a", store, () => 0).reached.size).toBe(0);
    }
  });
});

describe("the projection of a map", () => {
  const land = new MapProjection({ west: 3.3, south: 50.3, east: 3.5, north: 50.4 }, 1000, 800);

  test("is equirectangular", () => {
    expect(land.at({ lon: 3.4, lat: 50.375 })).toEqual({ x: expect.closeTo(500, 6), y: expect.closeTo(200, 6) });
    expect([land.shows({ lon: 3.4, lat: 50.31 }), land.shows({ lon: 3.51, lat: 50.31 })]).toEqual([true, false]);
    expect(land.scale * 111_195.08 * 0.1).toBeCloseTo(800, 3);
  });

  test("requests its exact bounds from IGN, latitude first", () => {
    const url = new URL(wmsUrl("plan", land, 720));
    expect(url.origin + url.pathname).toBe("https://data.geopf.fr/wms-r");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      SERVICE: "WMS", VERSION: "1.3.0", REQUEST: "GetMap", LAYERS: "GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2", STYLES: "",
      CRS: "EPSG:4326", BBOX: "50.3,3.3,50.4,3.5", WIDTH: "800", HEIGHT: "640", FORMAT: "image/png",
    });
    expect(wmsUrl("photo", land, 9000)).toContain("ORTHOIMAGERY.ORTHOPHOTOS");
    expect(wmsUrl("photo", land, 9000)).toContain("WIDTH=2000&HEIGHT=1600&FORMAT=image%2Fjpeg");
  });
});

test("a plate redirects to the first available language", () => {
  expect(preferredLanguage(["it", "de-AT", "fr"], ["fr", "en", "de"])).toBe("de");
  expect(preferredLanguage(["it"], ["fr", "en"])).toBeUndefined();
});

test("offline, a plate redirects to a stored pack of its route", () => {
  vi.stubGlobal("location", { href: "https://carreau.example/" });
  const storedPack = (route: string, lang: string): StoredPack => ({ pack: { route, lang }, page: `/${lang}/x/${route}` }) as unknown as StoredPack;
  const packs = [storedPack("b", "fr"), storedPack("a", "fr"), storedPack("a", "de")];
  const to = (path: string, languages: string[]): string | null | undefined => plateRedirect(path, packs, languages)?.headers.get("location");
  expect(to("/q/a/3", ["de-AT"])).toBe("https://carreau.example/de/x/a#stop=3");
  expect(to("/q/a/3", ["pl"])).toBe("https://carreau.example/fr/x/a#stop=3");
  expect([to("/q/c/3", ["fr"]), to("/q/a/x", ["fr"]), to("/fr/x/a", ["fr"])]).toEqual([undefined, undefined, undefined]);
  vi.unstubAllGlobals();
});

import { expect, test } from "vitest";
import { missingFiles, sha256, totalBytes, unusedAddresses } from "../src/offline/pack_store";
import { describeContents, packFacts } from "../src/offline/panel_view";
import type { Level, Pack, PackFile, Site } from "../src/schema";
import { Words } from "../src/words";
import { alternatives, withLevelsHere, withListHere } from "../src/worker/pack_answers";

const file = (sha: string, url = `/a/${sha}.glb`, more: Partial<PackFile> = {}): PackFile =>
  ({ sha256: sha, ext: "glb", media_type: "model/gltf-binary", bytes: 100, url, role: "model", ...more });

test("contents are named by their digest", async () => {
  expect(await sha256(new TextEncoder().encode("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("only missing files are fetched, each content once and in order", () => {
  const files = [file("1"), file("2"), file("3"), file("2", "/twice")];
  expect(missingFiles(files, new Set(["/a/1.glb"])).map((each) => each.sha256)).toEqual(["2", "3"]);
  expect(missingFiles(files, new Set(["/a/1.glb", "/a/2.glb", "/a/3.glb"]))).toEqual([]);
});

test("a content is deleted when no pack refers to it", () => {
  const stored = ["/a/1.glb", "/a/2.glb", "/a/3.glb"];
  expect(unusedAddresses(stored, [[file("1")], [file("3")]])).toEqual(["/a/2.glb"]);
  expect(unusedAddresses(stored, [])).toEqual(stored);
});

test("sizes count each content once, compressed in transfer and uncompressed in the store", () => {
  expect(totalBytes([file("1", "/x", { brotli_bytes: 40 }), file("1", "/y", { brotli_bytes: 40 }), file("2")])).toEqual({ sent: 140, stored: 200 });
});

test("another format of an image is a substitute, the same type first", () => {
  const variant = (url: string, media_type: string) => ({ url, media_type });
  const media = [{ variants: [variant("/a.avif", "image/avif"), variant("/a.webp", "image/webp"), variant("/b.avif", "image/avif")] }];
  const site = { media, states: [{ poster: [variant("/p1.webp", "image/webp"), variant("/p2.webp", "image/webp")] }] } as unknown as Site;
  expect(alternatives("/a.avif", site)).toEqual(["/b.avif", "/a.webp"]);
  expect(alternatives("/p2.webp", site)).toEqual(["/p1.webp"]);
  expect(alternatives("/c.webp", site)).toEqual([]);
});

test("a document has only the stored levels", () => {
  const site = { states: [{ id: "today", levels: [file("1"), file("2")] }] } as unknown as Site;
  const here = withLevelsHere(site, (level: Level) => level.sha256 === "2");
  expect(here.states[0]?.levels.map((level) => level.sha256)).toEqual(["2"]);
});

const words = (() => {
  const sentences = { about: "Stores {parts}.", about_ar: "AR too.", level_desktop: "High", fact_level: "Model quality", fact_size: "Size", fact_taken: "Downloaded on" };
  const parts = { part_pages: "pages", part_pictures: "pictures", part_sounds: "sounds", part_videos: "videos", part_documents: "documents", part_models: "models" };
  return new Words({ lang: "en", words: { ...sentences, ...parts }, library: "", basis: "", draco: "" });
})();
const pack = (...roles: PackFile["role"][]): Pack =>
  ({ route: "r", lang: "en", level: "desktop", id: "1", bytes: 1, day: "", files: roles.map((role) => file(role, `/${role}`, { role })) });

test("the contents of a pack follow from the roles of its files", () => {
  expect(describeContents(pack("page", "app", "data"), words)).toBe("Stores pages.");
  expect(describeContents(pack("page", "poster", "data"), words)).toBe("Stores pages and pictures.");
  expect(describeContents(pack("page", "model", "ar", "image", "sound", "captions"), words)).toBe("Stores pages, pictures, sounds, and models. AR too.");
  expect(describeContents(pack("page", "video", "document"), words)).toBe("Stores pages, videos, and documents.");
});

test("the level is shown only for packs with models", () => {
  const names = (...roles: PackFile["role"][]) => packFacts({ pack: pack(...roles), taken: "2026-11-26T10:00:00Z" }, words).map(([name]) => name);
  expect(names("page", "app", "data")).toEqual(["Size", "Downloaded on"]);
  expect(names("page", "model")).toEqual(["Size", "Model quality", "Downloaded on"]);
});

test("an index links only to stored pages", () => {
  const row = (slug: string) => `<li><a href="/fr/sites/${slug}" lang="fr">${slug}</a> <span class="of">cité</span></li>`;
  const page = `<a href="/fr/b">B</a><ul class="index" id="index">\n${row("a")}\n${row("b")}\n</ul><ul class="x">${row("b")}</ul>`;
  const shown = withListHere(page, (address) => address === "/fr/sites/a");
  expect(shown).toBe(page.replace('<a href="/fr/sites/b"', '<a class="of" role="link" aria-disabled="true"'));
  expect(shown).toContain('<a class="of" role="link" aria-disabled="true" lang="fr">b</a>');
});

import { expect, test } from "vitest";
import type { Medium, Site, State } from "../src/schema";
import { hypotheticalParts } from "../src/tools/hypothetical";
import { captionsOf, fullTranscript } from "../src/tools/media";
import { soundFor } from "../src/ui/pyramid";

const medium = (id: string, more: object = {}) => ({ id, kind: "sound", captions_lang: "fr", ...more }) as unknown as Medium;
const text = (lang: string) => ({ text: "On [l’entend](site:x).", lang, standing: "source" });

test("captions in the page's language come first, then a transcript in it, then other captions", () => {
  const spoken = { captions: {}, transcript: text("fr") };
  expect(fullTranscript(medium("a", spoken), "fr")).toBeUndefined();
  expect(fullTranscript(medium("a", { captions: {}, transcript: text("nl") }), "nl")).toEqual({ text: "On l’entend.", lang: "nl" });
  expect(fullTranscript(medium("a", spoken), "nl")).toBeUndefined();
  expect(fullTranscript(medium("a", { transcript: text("fr") }), "nl")?.lang).toBe("fr");
  expect(fullTranscript(medium("a"), "fr")).toBeUndefined();
});

test("captions are the first ones of a document, and in one of an earlier edition the only ones", () => {
  const captions = { url: "/a/f.vtt" };
  const tracks = [{ url: "/a/n.vtt", lang: "nl" }, { url: "/a/f.vtt", lang: "fr" }];
  expect(captionsOf(medium("a", { captions, tracks }))).toMatchObject({ url: "/a/n.vtt", lang: "nl" });
  expect(captionsOf(medium("a", { captions }))).toEqual({ url: "/a/f.vtt", lang: "fr" });
  expect(captionsOf(medium("a"))).toBeUndefined();
  expect(fullTranscript(medium("a", { captions, tracks, transcript: text("nl") }), "nl")).toBeUndefined();
});

test("the sound of a state is the requested one, or that of most annotations", () => {
  const site = {
    media: [medium("machine"), medium("voice"), medium("photo", { kind: "image" })],
    annotations: [
      { state: "1930", media: ["photo", "voice", "machine"] }, { state: "1930", media: ["photo", "machine"] }, { state: "today", media: ["voice"] },
    ],
  } as unknown as Site;
  expect(soundFor(site, "1930", "")?.id).toBe("machine");
  expect(soundFor(site, "today", "")?.id).toBe("voice");
  expect(soundFor(site, "today", "machine")?.id).toBe("machine");
  expect(soundFor(site, "1800", "photo")).toBeUndefined();
});

test("hypothetical parts have that evidence", () => {
  const parts = ["attested", "hypothetical", "deduced"].map((code) => ({ name: code, evidence: { code } }));
  expect(hypotheticalParts({ parts } as unknown as State).map((part) => part.name)).toEqual(["hypothetical"]);
});

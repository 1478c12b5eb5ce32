// Trails: progress on the device and in a code, and typed answers.
import { describe, expect, test } from "vitest";
import { isAccepted } from "../src/trail/answer_words";
import { parseRecord, TrailProgress } from "../src/trail/trail_progress";
import { decodeProgress, encodeProgress } from "../src/trail/transfer_code";

const OUTLINE = Array.from({ length: 12 }, (_, at) => ({ id: `chapter-${at + 1}`, questions: at % 3 }));

function storage(content: Record<string, string> = {}) {
  const kept = new Map(Object.entries(content));
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

function begun(store = storage()): TrailProgress {
  const progress = new TrailProgress("denain", OUTLINE, store);
  progress.change((record) => {
    record.at = "chapter-6";
    record.read.add("chapter-1").add("chapter-5");
    record.reached.add("chapter-12");
    record.sounds.set("chapter-2", 12.5);
  });
  progress.answer("chapter-2.1", "right");
  progress.answer("chapter-3.2", "seen");
  return progress;
}

describe("progress", () => {
  test("survives the page, and ends when it begins again", () => {
    const store = storage();
    const before = begun(store).record;
    const again = new TrailProgress("denain", OUTLINE, store);
    expect(again.record).toEqual(before);
    expect(again.isBegun).toBe(true);
    again.answer("chapter-2.1", "seen");
    expect(again.record.answers.get("chapter-2.1")).toBe("right");
    again.beginAgain();
    expect([again.isBegun, store.kept.size]).toEqual([false, 0]);
  });

  test("of a damaged storage is empty, and of another edition only what is still there", () => {
    for (const damaged of ["", "{", "null", "7", "[]", '{"version":2,"at":"chapter-1"}']) {
      expect(new TrailProgress("denain", OUTLINE, storage({ "carreau-trail-denain": damaged })).isBegun).toBe(false);
    }
    const stored = { version: 1, at: "gone", read: ["chapter-1", "gone", 3], reached: "chapter-1", answers: { "chapter-2.1": "right", "chapter-2.9": "seen", "chapter-3.1": 1 }, sounds: { "chapter-1": "x", "chapter-2": 4, "chapter-3": -1 } };
    const record = parseRecord(stored, OUTLINE);
    expect([record.at, [...record.read], [...record.reached]]).toEqual(["", ["chapter-1"], []]);
    expect([[...record.answers], [...record.sounds]]).toEqual([[["chapter-2.1", "right"]], [["chapter-2", 4]]]);
  });

  test("works without a storage, and with one that refuses", () => {
    const refusing = { ...storage(), setItem: () => { throw new DOMException("full"); } };
    const progress = begun(refusing);
    expect(progress.record.read.size).toBe(2);
  });
});

describe("a code for another phone", () => {
  const progress = begun();
  const code = encodeProgress("denain", OUTLINE, progress.record);

  test("has everything but the sounds, in few letters", () => {
    const { sounds, ...carried } = progress.record;
    expect(sounds.size).toBe(1);
    expect(decodeProgress("denain", OUTLINE, code)).toEqual(carried);
    expect(code).toMatch(/^[\w-]{16}$/);
  });

  test("is refused with any letter changed, cut or added, of another trail, and of another edition", () => {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (let at = 0; at < code.length; at++) {
      for (const letter of letters) {
        const other = code.slice(0, at) + letter + code.slice(at + 1);
        if (other !== code) expect(decodeProgress("denain", OUTLINE, other), other).toBeUndefined();
      }
      expect(decodeProgress("denain", OUTLINE, code.slice(0, at))).toBeUndefined();
    }
    for (const other of [`${code}A`, `${code}=`, ` ${code}`, "<script>", "%00".repeat(9)]) expect(decodeProgress("denain", OUTLINE, other)).toBeUndefined();
    expect(decodeProgress("mousseron", OUTLINE, code)).toBeUndefined();
    expect(decodeProgress("denain", [...OUTLINE.slice(0, 11), { id: "new", questions: 2 }], code)).toBeUndefined();
    expect(decodeProgress("denain", OUTLINE.map((each) => ({ ...each, questions: 1 })), code)).toBeUndefined();
  });

  test("is added to what is there: nothing read or answered is lost", () => {
    const here = new TrailProgress("denain", OUTLINE, storage());
    here.change(({ read }) => read.add("chapter-2"));
    here.answer("chapter-2.1", "seen");
    here.answer("chapter-3.2", "right");
    here.merge(decodeProgress("denain", OUTLINE, code)!);
    expect([...here.record.read].sort()).toEqual(["chapter-1", "chapter-2", "chapter-5"]);
    expect(Object.fromEntries(here.record.answers)).toEqual({ "chapter-2.1": "right", "chapter-3.2": "right" });
    expect(here.record.at).toBe("chapter-6");
  });
});

test("typed answers are compared without case, accents, punctuation and little words around them", () => {
  const right: [string, string][] = [
    ["LANDRECIES !", "Landrecies"], ["à  landrecies", "Landrecies"], ["c’est du pain", "pain"], ["szesc lodzi", "sześć łodzi"],
    ["Grosse Strasse", "große Straße"], ["coeur", "cœur"], ["Lefebvre d'Orval", "Lefebvre d’Orval"], ["45", "45"],
  ];
  for (const [answer, accepted] of right) expect(isAccepted(answer, ["something else", accepted]), answer).toBe(true);
  const wrong: [string, string][] = [
    ["painting", "pain"], ["Landre", "Landrecies"], ["", "pain"], ["…", "pain"], ["pain ou vin ou eau ou lait", "pain"], ["anything", ""], ["145", "45"],
  ];
  for (const [answer, accepted] of wrong) expect(isAccepted(answer, [accepted]), answer).toBe(false);
});

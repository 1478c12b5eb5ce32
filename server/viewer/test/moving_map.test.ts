// The steps of a map in time, and where its counters are between two of them.
import { describe, expect, test } from "vitest";
import { between, eased, placeOf } from "../src/scene/motion";
import { dwellMs, Sequence, type Timer } from "../src/scene/sequence";

class Clock implements Timer {
  #then: (() => void) | undefined;
  ms = 0;
  start(then: () => void, ms: number): number {
    this.#then = then;
    this.ms = ms;
    return 1;
  }
  stop(): void {
    this.#then = undefined;
  }
  ring(): void {
    const then = this.#then;
    this.#then = undefined;
    then?.();
  }
  get isSet(): boolean {
    return this.#then !== undefined;
  }
}

const played = (count: number): { sequence: Sequence; clock: Clock; told: [number, boolean][] } => {
  const [clock, told] = [new Clock(), [] as [number, boolean][]];
  return { clock, told, sequence: new Sequence(count, (index) => 7000 + index, (index, isPlaying) => told.push([index, isPlaying]), clock) };
};

describe("the steps of a map", () => {
  test("play goes from step to step, and stops at the last one", () => {
    const { sequence, clock, told } = played(3);
    sequence.play();
    expect(clock.ms).toBe(7000);
    clock.ring();
    expect(clock.ms).toBe(7001);
    clock.ring();
    clock.ring();
    expect(told).toEqual([[0, true], [1, true], [2, false]]);
    expect([sequence.isPlaying, clock.isSet]).toEqual([false, false]);
    sequence.play();
    expect([sequence.index, sequence.isPlaying]).toEqual([0, true]);
  });

  test("steps stay within the map, and a pause lets no clock run", () => {
    const { sequence, clock, told } = played(3);
    sequence.show(-4);
    expect(told).toEqual([]);
    sequence.show(9);
    expect(sequence.index).toBe(2);
    sequence.show(0);
    sequence.play();
    sequence.pause();
    expect([clock.isSet, sequence.isPlaying]).toEqual([false, false]);
    clock.ring();
    expect(sequence.index).toBe(0);
  });
});

describe("how long a step stays", () => {
  test("it grows with the words, and a short one stays long enough to be seen", () => {
    const words = (count: number) => Array.from({ length: count }, () => "mot").join(" ");
    expect([0, 1, 7].map((count) => dwellMs(words(count)))).toEqual([5000, 5000, 5000]);
    expect([8, 36, 60].map((count) => dwellMs(words(count)))).toEqual([5200, 16_400, 26_000]);
  });

  test("numbers, hours and elided words count as they are read, signs and spaces do not", () => {
    expect(dwellMs(`${"L’armée – 11.30 h : ".repeat(5)}`)).toBe(8000);
    expect(dwellMs(`${" – … \n".repeat(40)}`)).toBe(5000);
    expect(dwellMs(`${"Übergänge łączą ".repeat(5)}`)).toBe(6000);
  });
});

describe("between two steps", () => {
  const from = new Map([["a", { x: 0, y: 10 }], ["gone", { x: 5, y: 5 }]]);
  const to = new Map([["a", { x: 100, y: 30 }], ["come", { x: 7, y: 7 }]]);

  test("who is in both goes from place to place, others fade", () => {
    expect(between(from, to, 0).get("a")).toEqual({ x: 0, y: 10, opacity: 1 });
    expect(between(from, to, 0.5).get("a")).toEqual({ x: 50, y: 20, opacity: 1 });
    expect(between(from, to, 0.25).get("come")).toEqual({ x: 7, y: 7, opacity: 0.25 });
    expect(between(from, to, 0.25).get("gone")).toEqual({ x: 5, y: 5, opacity: 0.75 });
    expect([...between(from, to, 1).keys()]).toEqual(["a", "come"]);
  });

  test("motion is slow at both ends", () => {
    expect([eased(0), eased(0.5), eased(1)]).toEqual([0, 0.5, 1]);
    expect(eased(0.1)).toBeLessThan(0.1);
    expect(eased(0.9)).toBeGreaterThan(0.9);
  });

  test("places are read from the pictures of the page", () => {
    expect(placeOf("translate(12 -7.5)")).toEqual({ x: 12, y: -7.5 });
    expect(placeOf("")).toEqual({ x: 0, y: 0 });
  });
});

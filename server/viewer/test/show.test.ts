import { expect, test, vi } from "vitest";
import type { Clock } from "../src/show/show_clock";
import { Player } from "../src/show/show_player";
import { type Scene, secondsOf, volumeAt } from "../src/show/show_script";
import { Follower } from "../src/show/show_sync";
import { Watchdog } from "../src/show/watchdog";

/** A clock that goes on when it is told to. */
function stepped() {
  let now = 0;
  let count = 0;
  let waiting: { id: number; at: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    hour: () => 12,
    later: (run, milliseconds) => (waiting.push({ id: ++count, at: now + milliseconds, run }), count),
    cancel: (timer) => void (waiting = waiting.filter((each) => each.id !== timer)),
    frame: () => 0,
    drop: () => undefined,
  };
  const go = (seconds: number) => {
    const end = now + seconds * 1000;
    for (;;) {
      const next = waiting.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      clock.cancel(next.id);
      now = next.at;
      next.run();
    }
    now = end;
  };
  return { clock, go, waiting: () => waiting.length };
}

test("a scene lasts as long as it is written, or as its voice or film", () => {
  const scene = { seconds: 12 } as Scene;
  expect(secondsOf(scene)).toBe(12);
  expect(secondsOf({ ...scene, voice: { seconds: 20 } } as Scene)).toBe(21);
  expect(secondsOf({ ...scene, voice: { seconds: 5 }, figure: { seconds: 0 } } as Scene)).toBe(12);
});

test("quiet hours go over midnight, and never make it louder", () => {
  const script = { volume: 0.8, quiet: [{ begins: 19, ends: 8, volume: 0.3 }, { begins: 12, ends: 14, volume: 1 }] };
  expect([7.9, 8, 13, 18.9, 19, 0].map((hour) => volumeAt(script, hour))).toEqual([0.3, 0.8, 0.8, 0.8, 0.3, 0.3]);
});

test("it invites, plays its scenes one after the other, and invites again", () => {
  const { clock, go, waiting } = stepped();
  const steps: (number | undefined)[] = [];
  const player = new Player([10, 20], clock, () => steps.push(player.step));
  go(100);
  expect(steps).toEqual([]);
  player.start();
  go(10);
  go(20);
  expect(steps).toEqual([0, 1, undefined]);
  expect(waiting()).toBe(0);
});

test("a pause takes no time from a scene, and one that is forgotten ends", () => {
  const { clock, go } = stepped();
  const player = new Player([10], clock, () => undefined);
  player.start();
  go(4);
  player.pause();
  go(50);
  expect(player.elapsed).toBe(4);
  player.resume();
  go(5.9);
  expect(player.step).toBe(0);
  player.pause();
  go(60);
  expect(player.step).toBeUndefined();
});

test("visitors go on and back, and not before the first scene", () => {
  const { clock } = stepped();
  const player = new Player([10, 10], clock, () => undefined);
  player.move(1);
  expect(player.step).toBeUndefined();
  player.start();
  player.move(-1);
  expect(player.step).toBe(0);
  player.move(1);
  player.move(1);
  expect(player.step).toBeUndefined();
});

test("what stalls is noticed within seconds", () => {
  const { clock, go, waiting } = stepped();
  let isWell = true;
  const onStall = vi.fn();
  const watchdog = new Watchdog(clock, () => isWell, onStall);
  go(600);
  expect(onStall).not.toHaveBeenCalled();
  isWell = false;
  go(5);
  expect(onStall).toHaveBeenCalledOnce();
  watchdog.dispose();
  expect(waiting()).toBe(0);
});

test("a scene that does not end is overdue, a paused one is not", () => {
  const { clock, go } = stepped();
  const player = new Player([10], { ...clock, later: () => 0 }, () => undefined);
  player.start();
  go(14);
  expect(player.isOverdue(5)).toBe(false);
  go(2);
  expect(player.isOverdue(5)).toBe(true);
  player.pause();
  expect(player.isOverdue(5)).toBe(false);
});

/** A film that runs as fast as it is told, and loses time while it jumps. */
function film(rate: number, lost = 0, from = 0) {
  let time = from;
  let jumps = 0;
  const element = {
    seeking: false, ended: false,
    get currentTime() {
      return time;
    },
    set currentTime(seconds: number) {
      time = seconds - lost;
      jumps += 1;
    },
  };
  return { element, run: (seconds: number) => void (time += seconds * rate), jumps: () => jumps };
}

/** Let a film follow a sound for some seconds, looked at five times a second; returns how far off it is at the end. */
function followed(shown: ReturnType<typeof film>, seconds: number, heardFrom = 0): number {
  const follower = new Follower(shown.element);
  let heard = heardFrom;
  for (let look = 0; look < seconds * 5; look += 1) {
    heard += 0.2;
    shown.run(0.2);
    follower.follow(heard, look * 200);
  }
  return heard - shown.element.currentTime;
}

test("a film that is with its sound, or a little off, never jumps", () => {
  const [exact, near] = [film(1), film(1)];
  followed(exact, 60);
  followed(near, 60, 0.09);
  expect([exact.jumps(), near.jumps()]).toEqual([0, 0]);
});

test("a film that is off jumps once, and one that drifts now and then", () => {
  for (const from of [5.5, 4.8, 0]) {
    const shown = film(1, 0, from);
    expect(Math.abs(followed(shown, 10, 5))).toBeLessThan(0.1);
    expect(shown.jumps()).toBe(1);
  }
  const drifting = film(1.001);
  expect(Math.abs(followed(drifting, 1200))).toBeLessThan(0.11);
  expect(drifting.jumps()).toBeGreaterThan(5);
  expect(drifting.jumps()).toBeLessThan(15);
});

test("a film that loses time while it jumps learns how much, and stays", () => {
  const slow = film(1, 0.4);
  expect(Math.abs(followed(slow, 30, 3))).toBeLessThan(0.1);
  expect(slow.jumps()).toBe(2);
});

test("a film that cannot keep up jumps once a second at most, and none that jumps or has ended", () => {
  const stuck = film(0, 1.5);
  followed(stuck, 30);
  expect(stuck.jumps()).toBeLessThanOrEqual(30);
  for (const state of ["seeking", "ended"] as const) {
    const shown = film(1);
    shown.element[state] = true;
    followed(shown, 5, 3);
    expect(shown.jumps()).toBe(0);
  }
});

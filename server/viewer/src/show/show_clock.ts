// The time that a show goes by. Tests replace it, so that hours pass in seconds.

export interface Clock {
  /** Milliseconds since any beginning. */
  now(): number;
  /** Hour of the day from 0 to 24, with its fraction. */
  hour(): number;
  /** Run once after some milliseconds; returns what `cancel` takes. */
  later(run: () => void, milliseconds: number): number;
  cancel(timer: number): void;
  /** Run before the next frame is drawn; returns what `drop` takes. */
  frame(run: () => void): number;
  drop(frame: number): void;
}

export const browserClock: Clock = {
  now: () => performance.now(),
  hour: () => {
    const date = new Date();
    return date.getHours() + date.getMinutes() / 60;
  },
  later: (run, milliseconds) => setTimeout(run, milliseconds) as unknown as number,
  cancel: (timer) => clearTimeout(timer),
  frame: (run) => requestAnimationFrame(run),
  drop: (frame) => cancelAnimationFrame(frame),
};

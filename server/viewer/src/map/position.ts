// Read the visitor's position from the browser. It is used on this page only, neither sent nor stored.
import type { Point } from "../geo/sphere";

/** A position with its accuracy: metres, at a confidence of 95 % (W3C Geolocation). */
export interface Fix extends Point {
  accuracy: number;
  /** When it was measured: milliseconds. */
  time: number;
  /** Metres a second; undefined where the receiver does not say. */
  speed: number | undefined;
}

/** Reasons for a missing position; each has its own message. */
export type PositionProblem = "refused" | "nowhere" | "late" | "insecure";

const TIMEOUT_MS = 30_000;
const OPTIONS: PositionOptions = { enableHighAccuracy: true, timeout: TIMEOUT_MS, maximumAge: 10_000 };
const PROBLEMS: Record<number, PositionProblem> = { 1: "refused", 2: "nowhere", 3: "late" };

/** Read the position once. */
export function readPosition(onFix: (fix: Fix) => void, onProblem: (problem: PositionProblem) => void): void {
  if (!checkAvailable(onProblem)) return;
  navigator.geolocation.getCurrentPosition((onPosition) => onFix(fixOf(onPosition)), (error) => onProblem(problemOf(error)), OPTIONS);
}

/** Read the position at every move; return a function that stops it. */
export function watchPosition(onFix: (fix: Fix) => void, onProblem: (problem: PositionProblem) => void): () => void {
  if (!checkAvailable(onProblem)) return () => undefined;
  const onPosition = (position: GeolocationPosition): void => onFix(fixOf(position));
  const id = navigator.geolocation.watchPosition(onPosition, (error) => onProblem(problemOf(error)), OPTIONS);
  return () => navigator.geolocation.clearWatch(id);
}

function checkAvailable(onProblem: (problem: PositionProblem) => void): boolean {
  const isAvailable = isSecureContext && "geolocation" in navigator;
  if (!isAvailable) onProblem(isSecureContext ? "nowhere" : "insecure");
  return isAvailable;
}

function fixOf({ coords, timestamp }: GeolocationPosition): Fix {
  const { longitude: lon, latitude: lat, accuracy, speed } = coords;
  // Some receivers that stand still say that their speed is not a number.
  return { lon, lat, accuracy, time: timestamp, speed: Number.isFinite(speed) ? (speed ?? undefined) : undefined };
}

function problemOf(error: GeolocationPositionError): PositionProblem {
  return PROBLEMS[error.code] ?? "nowhere";
}

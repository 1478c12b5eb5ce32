// Ask the browser where the visitor is. What it answers is used on this page, sent to nobody and kept nowhere.
import type { Point } from "../geo/sphere";

/** A position with how exactly it is known: metres, at a confidence of 95 % (W3C Geolocation). */
export interface Fix extends Point {
  accuracy: number;
}

/** Why there is no position; each has a sentence of its own. */
export type Trouble = "refused" | "nowhere" | "late" | "insecure";

const LATE_MS = 30_000;
const OPTIONS: PositionOptions = { enableHighAccuracy: true, timeout: LATE_MS, maximumAge: 10_000 };
const TROUBLES: Record<number, Trouble> = { 1: "refused", 2: "nowhere", 3: "late" };

/** Ask once. */
export function askOnce(found: (fix: Fix) => void, failed: (trouble: Trouble) => void): void {
  if (!canAsk(failed)) return;
  navigator.geolocation.getCurrentPosition((heard) => found(fixOf(heard)), (error) => failed(troubleOf(error)), OPTIONS);
}

/** Ask, and hear of every move until the returned function is called. */
export function follow(found: (fix: Fix) => void, failed: (trouble: Trouble) => void): () => void {
  if (!canAsk(failed)) return () => undefined;
  const heard = (position: GeolocationPosition): void => found(fixOf(position));
  const id = navigator.geolocation.watchPosition(heard, (error) => failed(troubleOf(error)), OPTIONS);
  return () => navigator.geolocation.clearWatch(id);
}

function canAsk(failed: (trouble: Trouble) => void): boolean {
  const can = isSecureContext && "geolocation" in navigator;
  if (!can) failed(isSecureContext ? "nowhere" : "insecure");
  return can;
}

function fixOf({ coords }: GeolocationPosition): Fix {
  return { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
}

function troubleOf(error: GeolocationPositionError): Trouble {
  return TROUBLES[error.code] ?? "nowhere";
}

// Ask the device which way its back looks. Only after a press: iPhones want to be asked then.

interface CompassEvent extends DeviceOrientationEvent {
  webkitCompassHeading?: number;
}
type PermissionRequest = { requestPermission?: () => Promise<string> };

/** How long a device may stay silent, in milliseconds. */
const TIMEOUT_MS = 4000;
const RADIANS = Math.PI / 180;

/** Tell the bearing in degrees from north by east as often as it changes; `silent` where there is no compass. */
export async function watchBearing(onBearing: (bearing: number) => void, onUnavailable: () => void, signal: AbortSignal): Promise<void> {
  const events = globalThis.DeviceOrientationEvent as unknown as PermissionRequest | undefined;
  const permission = (await events?.requestPermission?.().catch(() => "denied")) ?? "granted";
  if (!events || permission !== "granted") return onUnavailable();
  const timer = setTimeout(onUnavailable, TIMEOUT_MS);
  signal.addEventListener("abort", () => clearTimeout(timer));
  const listen = (event: Event) => {
    const bearing = compassHeading(event as CompassEvent);
    if (bearing === undefined) return;
    clearTimeout(timer);
    onBearing(bearing);
  };
  for (const name of ["deviceorientationabsolute", "deviceorientation"]) addEventListener(name, listen, { signal });
}

/** Return the bearing that an event tells; the formula is that of W3C Device Orientation and Motion, appendix A.1. */
export function compassHeading({ webkitCompassHeading, absolute, alpha, beta, gamma }: CompassEvent): number | undefined {
  if (webkitCompassHeading !== undefined) return webkitCompassHeading;
  if (!absolute || alpha === null || beta === null || gamma === null) return undefined;
  const [a, b, g] = [alpha * RADIANS, beta * RADIANS, gamma * RADIANS];
  const east = -Math.cos(a) * Math.sin(g) - Math.sin(a) * Math.sin(b) * Math.cos(g);
  const north = -Math.sin(a) * Math.sin(g) + Math.cos(a) * Math.sin(b) * Math.cos(g);
  // One that lies flat looks at the ground: its top edge points then.
  if (Math.hypot(east, north) < 0.2) return (360 - alpha) % 360;
  return (Math.atan2(east, north) / RADIANS + 360) % 360;
}

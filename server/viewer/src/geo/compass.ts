// Read the compass of the device. iPhones require a user gesture before the permission request.

interface CompassEvent extends DeviceOrientationEvent {
  webkitCompassHeading?: number;
}
type PermissionRequest = { requestPermission?: () => Promise<string> };

/** Time without an event after which there is no compass, in milliseconds. */
const TIMEOUT_MS = 4000;
const RADIANS = Math.PI / 180;

/** Report the bearing in degrees clockwise from north at each change; call `onUnavailable` if there is no compass. */
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

/** Return the bearing of an event; formula of W3C Device Orientation and Motion, appendix A.1. */
export function compassHeading({ webkitCompassHeading, absolute, alpha, beta, gamma }: CompassEvent): number | undefined {
  if (webkitCompassHeading !== undefined) return webkitCompassHeading;
  if (!absolute || alpha === null || beta === null || gamma === null) return undefined;
  const [a, b, g] = [alpha * RADIANS, beta * RADIANS, gamma * RADIANS];
  const east = -Math.cos(a) * Math.sin(g) - Math.sin(a) * Math.sin(b) * Math.cos(g);
  const north = -Math.sin(a) * Math.sin(g) + Math.cos(a) * Math.sin(b) * Math.cos(g);
  // For a device that lies flat, the bearing is that of its top edge.
  if (Math.hypot(east, north) < 0.2) return (360 - alpha) % 360;
  return (Math.atan2(east, north) / RADIANS + 360) % 360;
}

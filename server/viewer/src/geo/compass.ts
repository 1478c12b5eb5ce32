// Ask the device which way its back looks. Only after a press: iPhones want to be asked then.

interface Turned extends DeviceOrientationEvent {
  webkitCompassHeading?: number;
}
type Asking = { requestPermission?: () => Promise<string> };

/** How long a device may stay silent, in milliseconds. */
const PATIENCE = 4000;
const RADIANS = Math.PI / 180;

/** Tell the bearing in degrees from north by east as often as it changes; `silent` where there is no compass. */
export async function watchBearing(told: (bearing: number) => void, silent: () => void, signal: AbortSignal): Promise<void> {
  const asking = globalThis.DeviceOrientationEvent as unknown as Asking | undefined;
  const may = (await asking?.requestPermission?.().catch(() => "denied")) ?? "granted";
  if (!asking || may !== "granted") return silent();
  const timer = setTimeout(silent, PATIENCE);
  signal.addEventListener("abort", () => clearTimeout(timer));
  const heard = (event: Event) => {
    const bearing = headingOf(event as Turned);
    if (bearing === undefined) return;
    clearTimeout(timer);
    told(bearing);
  };
  for (const name of ["deviceorientationabsolute", "deviceorientation"]) addEventListener(name, heard, { signal });
}

/** Return the bearing that an event tells; the formula is that of W3C Device Orientation and Motion, appendix A.1. */
export function headingOf({ webkitCompassHeading, absolute, alpha, beta, gamma }: Turned): number | undefined {
  if (webkitCompassHeading !== undefined) return webkitCompassHeading;
  if (!absolute || alpha === null || beta === null || gamma === null) return undefined;
  const [a, b, g] = [alpha * RADIANS, beta * RADIANS, gamma * RADIANS];
  const east = -Math.cos(a) * Math.sin(g) - Math.sin(a) * Math.sin(b) * Math.cos(g);
  const north = -Math.sin(a) * Math.sin(g) + Math.cos(a) * Math.sin(b) * Math.cos(g);
  // One that lies flat looks at the ground: its top edge points then.
  if (Math.hypot(east, north) < 0.2) return (360 - alpha) % 360;
  return (Math.atan2(east, north) / RADIANS + 360) % 360;
}

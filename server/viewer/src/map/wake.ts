// Keep the screen on while the visitor wants it; the browser lets go of that whenever the page is out of sight.
let lock: WakeLockSentinel | undefined;
let isWanted = false;

export function awake(isOn: boolean): void {
  isWanted = isOn;
  if (isOn) void take();
  else void lock?.release();
}

async function take(): Promise<void> {
  try {
    lock = await navigator.wakeLock.request("screen");
    if (!isWanted) await lock.release();
  } catch {
    // The battery is low, or the page is not seen: the screen goes off as ever.
  }
}

document.addEventListener("visibilitychange", () => {
  if (isWanted && document.visibilityState === "visible") void take();
});

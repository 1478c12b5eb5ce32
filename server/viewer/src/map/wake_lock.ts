// Keep the screen on: the browser releases the lock whenever the page is hidden, and it is requested again.

let lock: WakeLockSentinel | undefined;
let isWanted = false;

export function keepScreenOn(isOn: boolean): void {
  isWanted = isOn;
  if (isOn) void requestLock();
  else void lock?.release();
}

async function requestLock(): Promise<void> {
  try {
    lock = await navigator.wakeLock.request("screen");
    if (!isWanted) await lock.release();
  } catch {
    // Low battery or hidden page: the screen turns off as usual.
  }
}

document.addEventListener("visibilitychange", () => {
  if (isWanted && document.visibilityState === "visible") void requestLock();
});

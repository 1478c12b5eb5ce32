"""Open and close models hundreds of times on one page, and look at what stays in memory."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.visitor import Listening, asked_for, slow_page
from tests.browser import asked

TIMES, EACH = 500, 50
MOST_HEAP, MOST_RESIDENT = 5_000, 100_000
"""Bytes that an opening may leave behind for memory to be called flat: a model takes 25 MB."""

_PREPARE = """(async () => {
  for (const each of document.querySelectorAll("carreau-viewer")) each.remove();
  window.benchOpen = async (times) => {
    for (let turn = 0; turn < times; turn += 1) {
      const viewer = document.createElement("carreau-viewer");
      const told = { site: "SITE", state: "today", lang: "fr" };
      for (const [name, value] of Object.entries(told)) viewer.setAttribute(name, value);
      const loaded = new Promise((resolve, reject) => {
        viewer.addEventListener("carreau-load", resolve, { once: true });
        viewer.addEventListener("carreau-error", (event) => reject(new Error(event.detail.reason)), { once: true });
      });
      document.querySelector("main").prepend(viewer);
      await loaded;
      viewer.remove();
    }
  };
})()"""
"""Openings of the smallest level; the finer one, which is asked for next, is given up with the element."""


_DRAWN = """(() => {
  const viewer = document.createElement("model-viewer");
  let of = viewer, key;
  const find = () => (key = Object.getOwnPropertySymbols(of).find((each) => each.description === "renderer"));
  while (of && !find()) of = Object.getPrototypeOf(of);
  const memory = key ? viewer[key].threeRenderer.info.memory : {};
  return JSON.stringify([memory.textures ?? -1, memory.geometries ?? -1]);
})()"""


@dataclass(frozen=True)
class Held:
    """What a page holds after so many openings.

    heap : bytes of its scripts after a collection
    resident : bytes of its process and of the one that draws for it
    nodes, listeners : of the document
    textures, geometries : that the library has on the graphics card
    """

    times: int
    heap: int
    resident: int
    nodes: int
    listeners: int
    textures: int
    geometries: int


def open_often(browser: Listening, url: str, site: str, times: int = TIMES, each: int = EACH) -> list[Held]:
    """Return what is held after every so many openings of a site's model."""
    with slow_page(browser, is_slow=False) as session:
        browser.call("Page.navigate", session, url=url)
        asked_for(browser, session, "window.benchTold?.marks.preview", 120)
        # While it is listened to, the browser keeps every answer.
        browser.call("Network.disable", session)
        browser.call("Performance.enable", session)
        browser.call("HeapProfiler.enable", session)
        _evaluate(browser, session, _PREPARE.replace("SITE", site))
        found = []
        for done in range(each, times + 1, each):
            _evaluate(browser, session, f"benchOpen({each})")
            found.append(_held(browser, session, done))
        return found


def said(held: Sequence[Held]) -> str:
    """Say how memory went from the second reading, when all is warm, to the last; wants three at least."""
    first, last = held[1], held[-1]
    turns = last.times - first.times
    heap, resident = (last.heap - first.heap) / turns, (last.resident - first.resident) / turns
    flat = "flat" if heap < MOST_HEAP and resident < MOST_RESIDENT else "NOT FLAT"
    row = ", ".join(f"{each.heap / 1e6:.1f}" for each in held)
    return (
        f"{last.times} times opening and closing a model: heap after every {held[0].times}: {row} MB, "
        f"{heap / 1e3:+.1f} kB "
        f"each, {flat}; processes "
        f"{first.resident / 1e6:.0f} MB after {first.times}, {last.resident / 1e6:.0f} MB after {last.times}; nodes "
        f"{first.nodes:,} and {last.nodes:,}, listeners {first.listeners:,} and {last.listeners:,}, textures "
        f"{first.textures} and {last.textures}, geometries {first.geometries} and {last.geometries}"
    )


def _evaluate(browser: Listening, session: str, expression: str) -> None:
    """Run a promise of the page; each turn is short, for the browser is silent meanwhile."""
    found = browser.call("Runtime.evaluate", session, expression=expression, awaitPromise=True)
    if "exceptionDetails" in found:
        raise RuntimeError(f"{expression[:60]}: {found['result'].get('description', '')}")


def _held(browser: Listening, session: str, times: int) -> Held:
    browser.call("HeapProfiler.collectGarbage", session)
    browser.call("HeapProfiler.collectGarbage", session)
    told = {each["name"]: each["value"] for each in browser.call("Performance.getMetrics", session)["metrics"]}
    heap = int(browser.call("Runtime.getHeapUsage", session)["usedSize"])
    drawn = json.loads(asked(browser, session, _DRAWN))
    return Held(times, heap, _resident(browser), int(told["Nodes"]), int(told["JSEventListeners"]), *drawn)


def _resident(browser: Listening) -> int:
    """Return the memory of the largest process with a page, and of the graphics process."""
    processes = browser.call("SystemInfo.getProcessInfo")["processInfo"]
    sizes = {"renderer": 0, "GPU": 0}
    for each in processes:
        if each["type"] in sizes:
            status = Path(f"/proc/{each['id']}/status").read_text("utf-8")
            size = int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024
            sizes[each["type"]] = max(size, sizes[each["type"]])
    return sum(sizes.values())

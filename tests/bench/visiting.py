"""Visit site pages as a slow phone does, beside a page of model-viewer alone with the same scan."""

from __future__ import annotations

import math
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.bare_page import ADDRESS, SAME_FILE, add_bare, make_draco
from tests.bench.checking import held
from tests.bench.load import Server, ours
from tests.bench.opening import open_often, said
from tests.bench.visited_bundle import DEMONSTRATION, SCANNED, make_visited
from tests.bench.visitor import Listening, Visit, visit
from tests.bench.weights import weigh

PROGRAMS = ("chromium", "google-chrome")
VISITS = 5
LIMITS_S = {"text": 1.5, "poster": 2.0, "preview": 3.5, "phone": 7.0}
MOST_SHIFT, LEAST_LEAD, MOST_LATER = 0.02, 1.5, 1.0
_BASE_URL = "http://127.0.0.1"
_NAMES = {"text": "text readable", "poster": "poster painted", "preview": "first model", "phone": "phone model"}


def visit_pages(work: Path, scan: Path, models: Path, bundle: Path | None = None) -> list[str]:
    """Return how long site pages take on a slow phone, what they weigh, and whether models leave memory flat.

    work : folder for the bundle and the browser
    models : of the demonstration place, where they are built
    bundle : one that `make_visited` made in `work`, where there is one; pages are added to it
    """
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), "")
    if not program:
        return ["pages were not visited: there is no Chromium"]
    bundle = bundle or make_visited(work, scan, models, _BASE_URL)
    add_bare(bundle, make_draco(scan, work / "draco"))
    built = work / "models" / SCANNED / "today"
    light, own = (built / f"{name}.glb" for name in ("phone-light", "phone"))
    add_bare(bundle, light if light.is_file() else own, SAME_FILE)
    with ours(bundle) as server, tempfile.TemporaryDirectory(dir=work) as profile:
        browser = Listening(program, Path(profile))
        try:
            notes = _timed(browser, server)
            notes += weigh(bundle)
            held_after = open_often(browser, server.url(f"/fr/sites/{SCANNED}"), SCANNED)
        finally:
            browser.close()
    return [*notes, said(held_after)]


def _timed(browser: Listening, server: Server) -> list[str]:
    visit(browser, server.url(f"/fr/sites/{SCANNED}"), ["preview"])  # the first one starts what draws
    pages = {slug: f"/fr/sites/{slug}" for slug in (DEMONSTRATION, SCANNED)}
    found = dict[str, list[Visit]]()
    # In turn, so that what else the machine does is shared out.
    for _ in range(VISITS):
        for slug, path in pages.items():
            found.setdefault(slug, []).append(visit(browser, server.url(path), tuple(LIMITS_S)))
        for address in (ADDRESS, SAME_FILE):
            found.setdefault(address, []).append(visit(browser, server.url(address), ["model"]))
    first, bare = _median(found[SCANNED], "preview"), _median(found[ADDRESS], "model")
    phone, same = _median(found[SCANNED], "phone"), _median(found[SAME_FILE], "model")
    step = _median(found[SCANNED], "step")
    between = f"a step between them after {step:.1f} s" if math.isfinite(step) else "no step between them"
    lead = "at least" if bare / first >= LEAST_LEAD else "SHORT OF"
    visits = [each for slug in pages for each in found[slug]]
    return [
        "on a phone with a processor 4 times as slow, 1.6 Mbit/s, 150 ms, an empty cache, median of "
        f"{VISITS}: {_figures(DEMONSTRATION, found)}; {_figures(SCANNED, found)}",
        f"a plain model-viewer page with the same scan as JPEG and Draco, from the same server: first model after "
        f"{bare:.1f} s, Carreau after {first:.1f} s, {bare / first:.1f} times as fast ({lead} {LEAST_LEAD})",
        f"a plain model-viewer page with the very file that Carreau shows on a phone: after {same:.1f} s, Carreau "
        f"after {phone:.1f} s, {phone / same:.2f} times as long ({held(phone / same, MOST_LATER)} {MOST_LATER}), its "
        f"first model {same / first:.1f} times as fast, {between}",
        _clean(visits, server.url("").rstrip("/")),
    ]


def _figures(slug: str, found: dict[str, list[Visit]]) -> str:
    told = (
        f"{_NAMES[name]} {at:.1f} s ({held(at, most)} {most})"
        for name, most in LIMITS_S.items()
        for at in [_median(found[slug], name)]
    )
    return f"{slug}: {', '.join(told)}"


def _median(visits: Sequence[Visit], name: str) -> float:
    """Return when something was there, endless where it never was."""
    return statistics.median(each.marks.get(name, float("inf")) for each in visits)


def _clean(visits: Sequence[Visit], origin: str) -> str:
    foreign = sorted({url for each in visits for url in each.foreign(origin)})
    wrong = sorted({text for each in visits for text in each.wrong})
    shift = max(each.shift for each in visits)
    return (
        f"{len(visits)} visits: layout shift at most {shift:.3f} ({held(shift, MOST_SHIFT)} {MOST_SHIFT}), requests to "
        f"other hosts: {', '.join(foreign) or 'none'}, violations of the security policy and console errors: "
        f"{'; '.join(wrong) or 'none'}"
    )

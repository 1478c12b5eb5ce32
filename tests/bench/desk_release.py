"""Time previews and the difference of a draft over a release made up from a real one, whose places are copied.

    python -m tests.bench.desk_release 5000 BUNDLE ASSETS

The copies have slugs of their own and the documents of what they are copied from; nothing is written.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import TypeVar

from carreau.base.languages import SOURCE, locales_beside
from carreau.base.schema.bundle import Manifest
from carreau.catalogue.i18n.check_translations import Translations
from carreau.desk.document_file import document_file
from carreau.desk.entry_checks import CatalogueAround, checked_site
from carreau.runs.cache import Cache
from carreau.site.publish.difference import difference
from carreau.site.publish.previews import Previews, ServedContent
from carreau.site.publish.publication import PublishOptions
from carreau.site.releases import ReleaseAnswers, read_manifest

T = TypeVar("T")
PLACE = "cite-d-arenberg"
CHANGED = 50
_DOCUMENT = re.compile(r"/v1/sites/([a-z0-9-]+)")


def measure(count: int, bundle: Path, assets: Path) -> list[str]:
    """Return a sentence about each, in seconds of the processor and of the clock."""
    told: list[str] = []
    manifest = grown(read_manifest(bundle / "manifest.json"), count)
    before = _timed(told, "manifest of the release", lambda: ReleaseAnswers(bundle, manifest))
    after = ReleaseAnswers(bundle, _changed(manifest))
    _timed(told, f"difference of {CHANGED} places", lambda: difference(before, after))
    with tempfile.TemporaryDirectory() as folder:
        options = PublishOptions(assets, Path(folder), Path(folder), bundle, manifest.base_url)
        previews = Previews(options, Cache(Path(folder) / "cache"), _Served(bundle, before))
        file = document_file(assets, "site", PLACE)
        entry = checked_site(file.path, file.name, file.read(), CatalogueAround(assets).now())
        translations = Translations(locales_beside(assets))
        for what in ("first preview", "second preview", "third preview"):
            _timed(told, what, lambda: previews.render(entry, translations, SOURCE))
    return told


class _Served(ServedContent):
    def __init__(self, bundle: Path, answers: ReleaseAnswers) -> None:
        super().__init__(bundle)
        self._answers = answers

    def release(self) -> ReleaseAnswers:
        return self._answers


def grown(manifest: Manifest, count: int) -> Manifest:
    """Return a manifest with so many places, in which each path of a place is there for its copies, too."""
    slugs = sorted({found[1] for each in manifest.answers if (found := _DOCUMENT.fullmatch(each.path))})
    own = {slug: [each for each in manifest.answers if slug in re.split(r"[/.]", each.path)] for slug in slugs}
    answers = list(manifest.answers)
    for number, slug in enumerate(islice(cycle(slugs), max(0, count - len(slugs)))):
        name = f"{slug}-{number}"
        answers += [
            each.model_copy(update={"path": each.path.replace(slug, name), "static": each.static.replace(slug, name)})
            for each in own[slug]
        ]
    return manifest.model_copy(update={"answers": tuple(answers)})


def _changed(manifest: Manifest) -> Manifest:
    """Return a manifest in which some places have the documents of others."""
    french = [each for each in manifest.answers if each.lang == SOURCE and _DOCUMENT.fullmatch(each.path)]
    others = dict(islice(pairwise(french), CHANGED))
    answers = (
        each.model_copy(update={"sha256": others[each].sha256}) if each in others else each for each in manifest.answers
    )
    return manifest.model_copy(update={"answers": tuple(answers), "release": "0" * 16})


def _timed(told: list[str], what: str, run: Callable[[], T]) -> T:
    cpu, clock = time.process_time(), time.perf_counter()
    found = run()
    told.append(f"{what}: {time.process_time() - cpu:.2f} s of the processor, {time.perf_counter() - clock:.2f} s")
    return found


if __name__ == "__main__":
    print("\n".join(measure(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))))

"""Time `carreau publish`: a first time, with nothing changed, and with one text changed."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from tests.bench.checking import held
from tests.bench.made_up import PROJECT
from tests.bench.processes import Run, run

MOST_UNCHANGED_S, MOST_CAPTION_S = 1.0, 3.0
_TEXTS = {
    "the label of a date": ("assets/sites/fosse-mathilde/site.toml", r'^label = "(.*)"$', r'label = "\1 bis"'),
    "the summary of a site": ("assets/sites/fosse-mathilde/site.toml", r'^summary = """\n', 'summary = """\nIci. '),
    "the English name of a site": ("locales/en/LC_MESSAGES/content.po", r'^msgstr "Mathilde pit"', 'msgstr "Mathilde"'),
    "the text of a stop": ("assets/routes/arenberg-a-pied.toml", r'^text = ""$', 'text = "Ici."'),
    "the caption of a picture": ("assets/sites/demonstration/site.toml", r'^alt = """\n', 'alt = """\nImage. '),
}
"""Where each stands, what it is, and what it becomes."""

Stamps = dict[str, tuple[int, int]]


def publish_catalogue(work: Path, models: Path) -> list[str]:
    """Return what publishing the real catalogue takes.

    work : folder that a copy of the catalogue, its cache and its bundle come into
    models : of the demonstration place, where they were built
    """
    for name in ("assets", "locales"):
        shutil.copytree(PROJECT / name, work / name)
    if models.is_dir():
        shutil.copytree(models, work / "models")
    first = publish(work)
    before = stamps(work)
    same = publish(work)
    untouched = "nothing written" if stamps(work) == before else "SOMETHING WRITTEN"
    beside = "with the models of the demonstration place" if models.is_dir() else "without models"
    return [
        f"`carreau publish`, the real catalogue {beside}: first run {first.took()}, "
        f"{first.peak_bytes / 1e6:.0f} MB; without changes {same.took(2)} "
        f"({held(same.seconds, MOST_UNCHANGED_S)} {MOST_UNCHANGED_S:.0f} s), {untouched}",
        *(_changed(what, work) for what in _TEXTS),
    ]


def _changed(what: str, work: Path) -> str:
    name, text, becomes = _TEXTS[what]
    written = re.sub(text, becomes, (work / name).read_text("utf-8"), count=1, flags=re.MULTILINE)
    (work / name).write_text(written, "utf-8")
    before = stamps(work / "models")
    made = publish(work)
    models = "no model changed" if stamps(work / "models") == before else "A MODEL CHANGED"
    return f"{what} changed: {made.took(2)} ({held(made.seconds, MOST_CAPTION_S)} {MOST_CAPTION_S:.0f} s), {models}"


def publish(work: Path) -> Run:
    """Publish the catalogue in a folder into its `bundle/`."""
    places = ["--models", str(work / "models"), "--bundle", str(work / "bundle"), "--cache", str(work / "cache")]
    return run(
        [sys.executable, "-m", "carreau.command.cli", "publish", "--assets", str(work / "assets"), *places, "--local"]
    )


def stamps(folder: Path) -> Stamps:
    """Return size and time of every file below a folder."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}

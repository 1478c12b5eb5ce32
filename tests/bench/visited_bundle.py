"""Publish what the bench visits: the real catalogue with its demonstration place, and a place with a real scan."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.bench.made_up import PROJECT
from tests.bench.processes import run

DEMONSTRATION, SCANNED = "demonstration", "bench-scan"

_SHEET = """name = "Démonstration : un relevé réel, pour mesurer"
demonstration = true
kind = "other"
theme = ""
commune = ""
insee = ""
summary = "Ce lieu n’existe pas. Il porte un relevé réel, publié sous CC0, pour mesurer."
confidence = "high"

[[state]]
id = "today"
title = "{scan}"
kind = "scan"
evidence = "attested"
author = ""
licence = "CC0-1.0"
credit = "{scan}"

[[rights]]
of = "modèle"
credit = "{scan}"
licence = "CC0-1.0"
"""


def make_visited(work: Path, scan: Path, models: Path, base_url: str) -> Path:
    """Return the folder of a bundle made as curators make one, with a scan for a place of its own.

    work : folder for it
    models : of the demonstration place, where they are built; else they are built here, which takes minutes
    """
    for name in ("assets", "locales"):
        shutil.copytree(PROJECT / name, work / name)
    folder = work / "assets" / "sites" / SCANNED
    folder.mkdir()
    sheet = _SHEET.format(scan=scan.parent.name)
    (folder / "site.toml").write_text(sheet, "utf-8")
    is_built = (models / DEMONSTRATION / "today" / "report.json").is_file()
    if is_built:
        shutil.copytree(models, work / "models")
    _carreau("model", str(scan), "--out", str(work / "models" / SCANNED / "today"), "--quiet")
    places = ["--models", str(work / "models"), "--bundle", str(work / "bundle"), "--base-url", base_url, "--local"]
    _carreau("publish" if is_built else "build", "--assets", str(work / "assets"), *places)
    return work / "bundle"


def _carreau(*words: str) -> None:
    run([sys.executable, "-m", "carreau.command.cli", *words])

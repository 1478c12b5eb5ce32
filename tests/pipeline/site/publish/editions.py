"""A small real catalogue: some of the 53 sites, a route and the translations they have."""

from __future__ import annotations

import shutil
from pathlib import Path

from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.source_texts import extract
from tests.pipeline.bare_places import remove_reconstructions

PROJECT = Path(__file__).parents[4]
SITES = ("fosse-d-arenberg", "fosse-mathilde", "terril-renard")

STATE = """
[[state]]
id = "today"
title = "Aujourd’hui"
date = "2026"
kind = "scan"
file = "globe.obj"
evidence = "attested"
author = "Une équipe"
licence = "CC-BY-4.0"
credit = "Une équipe"
sources = ["levé d’essai"]
"""
ROUTE = """
name = "Parcours d’essai"
standing = "proposal"
mode = "walk"
loop = true
summary = "Deux arrêts."
path = ""
path_measure = "indicative"
length_km = 2.0
length_measure = "indicative"

[[stop]]
site = "fosse-mathilde"
text = "Ici."

[[stop]]
site = "terril-renard"
text = ""

[[rights]]
of = "textes"
credit = "Équipe"
licence = "CC-BY-4.0"
"""


def edition(folder: Path, sites: tuple[str, ...] = SITES) -> Path:
    """Write assets/ and locales/ into a folder, and return assets/; the route is there with all sites."""
    assets = folder / "assets"
    for slug in sites:
        shutil.copytree(PROJECT / "assets" / "sites" / slug, assets / "sites" / slug)
    shutil.copy(PROJECT / "assets" / "communes.geojson", assets)
    for path in (PROJECT / "locales").glob("*/LC_MESSAGES/content.po"):
        (folder / path.relative_to(PROJECT)).parent.mkdir(parents=True)
        shutil.copy(path, folder / path.relative_to(PROJECT))
    (assets / "routes").mkdir()
    if sites == SITES:
        (assets / "routes" / "essai.toml").write_text(ROUTE)
    for slug in sites:  # links to sites that are not in the small catalogue
        path = assets / "sites" / slug / "site.toml"
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(line for line in lines if not line.startswith("related")) + "\n", encoding="utf-8")
    remove_reconstructions(assets)
    extract(read_catalogue(assets), folder / "locales")
    return assets


def replace(path: Path, old: str, new: str) -> None:
    """Change a text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")

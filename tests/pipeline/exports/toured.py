"""Make up a site with a tour of three steps, seen, told and heard, and what would break a careless document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from carreau.catalogue.catalogue import Catalogue, read_catalogue
from carreau.exports.export import built_models
from carreau.exports.record import SiteRecord, site_record
from carreau.exports.urls import Urls
from tests.pipeline.catalogue.catalogues import ROUTE, written
from tests.pipeline.exports import made_up

BEFORE = """[[tour.step]]
annotation = "door"
sound = "voice"
duration_s = 5
"""
TOUR = """summary = "Trois vues."

[[tour.step]]
text = "Voici <la fosse> & [sa voisine](site:deux), dite \\"Deux\\"."
duration_s = 4

[tour.step.camera]
position = [0, 6, 30]
target = [0, 6, 0]
field_deg = 40

[[tour.step]]
annotation = "door"
sound = "voice"
duration_s = 5

[tour.step.camera]
position = [10, 12, -8]
target = [0, 1, 2]

[[tour.step]]
annotation = "door"
text = "La porte, de plus près."
duration_s = 5
"""
GLB = b"glTF" + b"x" * 60
BOUNDS = [[-1, 0, -2], [1, 3, 2]]
POSE = """height_m = 42.5
yaw_deg = 30
"""
FULL = (
    made_up.FULL.replace(BEFORE, TOUR)
    .replace("lat = 50.35\n\n[[annotation]]", f"lat = 50.35\n{POSE}\n[[annotation]]")
    .replace('of = "lavoir"\n', 'of = "lavoir"\nsource = "livre"\n')
    .replace('label = "inconnu"\n', 'label = "inconnu"\nsource = "livre"\n')
)
"""Nothing in it is wrong, so that the command takes it."""


def catalogue(root: Path) -> Catalogue:
    """Write a catalogue with the tour, translations of it, and read it."""
    root.mkdir(exist_ok=True)
    with_media(written(root / "assets", FULL, ROUTE))
    return read_catalogue(root / "assets")


def with_media(assets: Path) -> Path:
    """Put a picture and a sound that can be opened where the small catalogue has names alone; return its folder."""
    import numpy as np
    import soundfile
    from PIL import Image

    for folder in (assets / "sites").iterdir():
        Image.new("RGB", (1280, 720), (120, 90, 60)).save(folder / "facade.jpg")
        soundfile.write(folder / "voice.opus", np.zeros(4800), 48_000, format="OGG", subtype="OPUS")
    return assets


def site(root: Path, without: str = "") -> SiteRecord:
    """Return the record of the site with what was made of two of its states.

    without : a language that there are no translations into
    """
    found = catalogue(root)
    told = made_up.translations(found, root / "locales", without)
    return site_record(found.sites["une"], found, told, models=made_up.models(found), edition=made_up.EDITION)


def models(folder: Path) -> Path:
    """Write what `carreau model` leaves of a state, as small as can be: two levels, a USDZ, a picture."""
    from PIL import Image

    folder.mkdir(parents=True)
    levels = list[dict[str, Any]]()
    for name in ("phone", "ar"):
        (folder / f"{name}.glb").write_bytes(GLB)
        levels.append(
            {
                "name": name,
                "file": f"{name}.glb",
                "bytes": len(GLB),
                "sha256": "ab" * 32,
                "triangles": 12,
                "texture_px": 0,
                "error": {"to_scan": {"rms": 0.002}},
            }
        )
    (folder / "ar.usdz").write_bytes(b"usdz")
    levels[1]["usdz"] = {"file": "ar.usdz", "bytes": 4, "sha256": "cd" * 32}
    Image.new("RGBA", (12, 8)).save(folder / "poster.webp")
    (folder / "report.json").write_text(json.dumps({"scan": {"bounds_m": BOUNDS}, "levels": levels}), encoding="utf-8")
    return folder


def found_site(root: Path) -> SiteRecord:
    """Return the record with what lies in a folder of models."""
    found = catalogue(root)
    models(root / "models" / "une" / "today")
    told = made_up.translations(found, root / "locales")
    made = built_models(found.sites["une"], root / "models", Urls())
    return site_record(found.sites["une"], found, told, models=made)

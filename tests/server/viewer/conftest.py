"""A site with two small models, and the viewer as browsers get it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from carreau.base.languages import LANGUAGES
from carreau.base.schema.site import Site
from carreau.site.pages.addresses import own_files
from carreau.site.pages.pages import make_pages
from carreau.site.publish.static_files import start_document
from server.viewer.tools.static_files import build_viewer
from tests.conftest import need
from tests.pipeline.site.pages.made import ASSETS, RICH, edition, rich, term
from tests.pipeline.site.pages.made import level as made_level
from tests.pipeline.site.pages.serving import built_library, served, triangle
from tests.server.viewer.solid import BOUNDS, VIEW, house, portrait

Answers = dict[str, tuple[bytes, str]]
POSES = {"today": 0.0, "1930": 0.00001}
"""Longitudes: 1.11 m from each other."""


def told(lang: str) -> dict[str, Any]:
    """The rich site, its levels as large as they are, its states placed."""
    site = rich(lang)
    for state in site["states"]:
        for level in state["levels"]:
            level |= {"bytes": len(triangle())}
        pose = {"lon": POSES[state["id"]], "lat": 0.0, "height_m": 0.0, "quaternion": [0, 0, 0, 1], "yaw_deg": 0}
        state |= {"pose": pose, "is_size_known": True, "bounds_m": [[0, 0, 0], [1, 1, 0.001]]}
    site["tours"][0]["steps"][0] |= {"camera": {"position": [0.3, 0.3, 4], "target": [0.3, 0.3, 0]}, "sound": ""}
    return site


@pytest.fixture(scope="session")
def viewer_module(viewer_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The viewer as it is now."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    path = tmp_path_factory.mktemp("viewer") / "carreau-viewer.js"
    build_viewer(path, viewer_modules)
    return path.read_bytes()


@pytest.fixture(scope="session")
def site_answers(viewer_module: bytes) -> Answers:
    """The pages of the site in all languages, and what the viewer asks for."""
    made = edition(sites={RICH: {code: told(code) for code in LANGUAGES}}, routes={})
    # Of an address that answers in every language, the first one.
    found: Answers = {page.address: (page.content, page.ext) for page in reversed(list(make_pages(made)))}
    found[ASSETS.viewer_script] = (viewer_module, "js")
    found |= {vars(ASSETS)[name]: own_files()[name] for name in ("style", "later_script", "share_script")}
    places = {"library": ASSETS.model_viewer, "basis": ASSETS.basis, "draco": ASSETS.draco}
    library_bytes = len(built_library())
    found |= {f"/viewer/{code}.json": (start_document(code, places, library_bytes), "json") for code in LANGUAGES}
    document = made.sites[RICH]["fr"].model_dump_json(exclude_none=True).encode()
    assert json.loads(document)["tours"]
    found[f"/v1/sites/{RICH}"] = (document, "json")
    picture = BytesIO()
    Image.new("RGB", (640, 480), "#a8452d").save(picture, "WEBP")
    found |= {f"/a/{name}.webp": (picture.getvalue(), "webp") for name in ("poster", "small", "photo800", "photo1600")}
    return found | {f"/a/{name}.glb": (triangle(), "glb") for name in ("preview", "phone", "desktop")}


@pytest.fixture(scope="session")
def site_address(site_answers: Answers, viewer_modules: Path) -> Iterator[str]:
    """Where they are served."""
    with served(site_answers, viewer_modules) as at:
        yield at


@pytest.fixture(scope="session")
def house_address(site_answers: Answers, viewer_modules: Path) -> Iterator[str]:
    """The site with a house that has a roof of its own, placed on the Earth, its poster by the pipeline."""
    site = told("fr") | {"is_demonstration": False}
    for state in site["states"]:
        pose = {"lon": 3.405, "lat": 50.355, "height_m": 40.0, "quaternion": [0, 0, -0.398749, 0.91706], "yaw_deg": -47}
        view = {"azimuth_deg": VIEW.azimuth_deg, "elevation_deg": VIEW.elevation_deg}
        state |= {"pose": pose, "bounds_m": BOUNDS, "poster_view": view, "kind": term("reconstruction")}
        state["levels"] = [made_level(name) | {"bytes": len(house(name))} for name in ("preview", "phone", "desktop")]
        state["levels"] += [made_level("ar-android"), made_level("ar-ios", "usdz")]
        state["levels"] += [made_level("ar-table-android"), made_level("ar-table-ios", "usdz")]
        state["ar"] = {"table_scale": 0.12, "life_size_m": 8.0}
    site["annotations"][0] |= {"media": ["voix"], "normal": [0, 0, 1]}
    document = Site.model_validate(site).model_dump_json(exclude_none=True).encode()
    own: Answers = {f"/v1/sites/{RICH}": (document, "json"), "/a/poster.webp": (portrait(), "webp")}
    own |= {f"/a/{name}.glb": (house(name), "glb") for name in ("preview", "phone", "desktop")}
    with served(site_answers | own, viewer_modules) as at:
        yield at

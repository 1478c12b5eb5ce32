"""A page with `<model-viewer>` becomes a place whose hotspots are where they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carreau.base.languages import content_file
from carreau.catalogue.i18n.po import read_book
from tests.pipeline.exports.importing.sources import (
    CORNERS,
    TRULY_MISSING,
    MovedIn,
    box,
    catalogue,
    distance,
    imported,
    points_of,
)
from tests.pipeline.site.media_files import jpeg

PAGE = """<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<title>La boîte – Musée</title>
<meta name="description" content="Une boîte de brique.">
<meta name="author" content="A. Photographe">
<meta name="copyright" content="© Musée de l’Angle">
<link rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/deed.fr">
<link rel="canonical" href="https://musee.example/boite/index.html">
<script>document.title = "other"</script>
</head>
<body>
<nav><a href="/">Accueil</a></nav>
<main>
<h1>La boîte</h1>
<p>Elle a huit coins
   et <a href="https://a.example/">six faces</a>.</p>
<model-viewer src="models/box.glb?v=2" poster="poster.jpg" alt="Une boîte vue de face" camera-controls ar
    ios-src="box.usdz" camera-orbit="45deg 55deg 4m" field-of-view="30deg" scale="0.001 0.001 0.001"
    orientation="0deg 90deg 0deg" camera-target="0m 0m 0m">
  <button slot="hotspot-coin" data-position="1m -50cm 2000mm" data-normal="0m -2m 0m"
      data-orbit="90deg 90deg 2m">
    <div>Le coin</div><div>Il est <b>droit</b> &lt;ici&gt;.</div>
  </button>
  <button slot="hotspot-dot" data-position="0 0 0"></button>
  <button slot="hotspot-face" data-surface="0 0 1 2 3 0.2 0.3 0.5" title="La face"></button>
  <button slot="hotspot-auto" data-position="0 0 0" data-normal="0 0 1" data-orbit="auto auto 120%">Le bas</button>
  <div slot="progress-bar">…</div>
</model-viewer>
</main>
<footer>© 2026</footer>
</body>
</html>
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    (folder / "models").mkdir(parents=True)
    box().write(folder / "models" / "box.glb")
    (folder / "poster.jpg").write_bytes(jpeg())
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    return folder / "index.html"


@pytest.fixture
def moved_in(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> MovedIn:
    return imported(page, catalogue(tmp_path), capsys, slug="")


def test_the_place_has_what_the_page_says(moved_in: MovedIn) -> None:
    site = moved_in.site
    assert (moved_in.folder.name, site["name"], site["summary"]) == ("la-boite", "La boîte", "Une boîte de brique.")
    assert site["description"] == "Elle a huit coins et six faces."
    assert [(each["credit"], each["licence"]) for each in site["rights"]] == [("© Musée de l’Angle", "CC-BY-NC-4.0")]
    assert [each["url"] for each in site["source"]] == ["https://musee.example/boite/index.html"]
    (state,) = site["state"]
    assert (state["author"], state["licence"]) == ("A. Photographe", "CC-BY-NC-4.0")


def test_hotspots_land_on_the_model(moved_in: MovedIn) -> None:
    (state,) = moved_in.site["state"]
    shown = points_of(moved_in.folder / state["file"])
    # The orientation is roll, pitch and yaw: a pitch of 90 degrees brings y to z, and z to −y.
    expected = np.column_stack([CORNERS[:, 0], -CORNERS[:, 2], CORNERS[:, 1]]) / 1000
    assert max(distance(corner, shown) for corner in expected) < 1e-5
    corner = moved_in.site["annotation"][0]
    assert (corner["id"], corner["title"], corner["text"]) == ("coin", "Le coin", "Il est droit <ici>.")
    assert (corner["point"], corner["normal"]) == ([1, -0.5, 2], [0, -1, 0])
    assert distance(corner["point"], shown) < 1e-5


def test_a_hotspot_with_a_view_is_a_step(moved_in: MovedIn) -> None:
    (tour,) = moved_in.site["tour"]
    (step,) = tour["step"]
    assert (step["annotation"], step["camera"]) == (
        "coin", {"position": [2, 0, 0], "target": [0, 0, 0], "field_deg": 30},
    )  # fmt: skip
    assert "metres and degrees" in moved_in.lost["view of annotation 'auto'"]


def test_a_poster_is_a_picture_with_the_alternative_text(moved_in: MovedIn) -> None:
    (picture,) = moved_in.site["media"]
    assert (picture["file"], picture["alt"], picture["licence"]) == (
        "poster.jpg", "Une boîte vue de face", "CC-BY-NC-4.0",
    )  # fmt: skip
    assert (moved_in.folder / "poster.jpg").read_bytes() == jpeg()


def test_what_the_page_lacks_is_asked_and_nothing_else_is_wrong(moved_in: MovedIn) -> None:
    assert {each["topic"] for each in moved_in.errors} <= TRULY_MISSING
    assert {each["key"] for each in moved_in.errors} == {"state 1, date", "state 1, sources", "media 1, credit"}
    assert {"annotation 2, point", "annotation 2, normal", "position"} <= moved_in.asked()


def test_everything_lost_is_told(moved_in: MovedIn) -> None:
    assert moved_in.lost["annotation 'dot'"] == "it has no text"
    assert "data-surface" in moved_in.lost["annotation 'face'"]
    assert "https://a.example/" in moved_in.lost["text of the page"]
    assert any("ios-src" in item for item in moved_in.lost)


def test_a_page_without_a_language_asks_for_it(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page.write_text(PAGE.replace('lang="fr"', ""), encoding="utf-8")
    moved = imported(page, catalogue(tmp_path), capsys)
    assert any("que la source ne nomme pas" in each for each in moved.site["questions"])
    book = read_book(content_file(tmp_path / "locales", "en"))
    assert {unit.target for unit in book.units} == {"", "Views"}


@pytest.mark.parametrize(
    "html",
    [
        "<model-viewer",
        "<model-viewer>",
        "<model-viewer src='box.glb'" + " a" * 200_000,
        "<div>" * 100_000 + "<model-viewer src='models/box.glb'>",
        "<model-viewer>" + "<a<b" * 200_000,
        "<model-viewer>" + "<!--" * 200_000,
        "<model-viewer><button slot=hotspot-1 data-position='1e999 nan 0'>x\0\udcff</button>",
        "<!DOCTYPE html [<!ENTITY a 'b'>]><model-viewer alt='&a;'>",
    ],
    ids=range(8),
)
@pytest.mark.timeout(20)
def test_any_page_ends_soon(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], html: str) -> None:
    page.write_bytes(html.encode("utf-8", "surrogateescape"))
    moved = imported(page, catalogue(tmp_path), capsys)
    assert {each["topic"] for each in moved.errors} <= TRULY_MISSING
    assert moved.site.get("state") or "models" in moved.lost

"""The fonts of the pages: their letters, bytes and licences, and what stands in until they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fontTools.ttLib import TTFont

from carreau.base.languages import LANGUAGES
from carreau.site.pages.addresses import FONTS, STYLES, font_files, style_sheet
from tests.pipeline.site.pages.web_fonts import CUTS, POLISH

PROJECT = FONTS.parents[2]
SHAPELESS = set("\n\t\u00ad\u200b\u200c\u200d\u2011\u2060\ufeff")
NAMES = [each.file for each in CUTS]


def texts() -> Iterator[str]:
    for language in LANGUAGES:
        for path in (PROJECT / "locales" / language).rglob("*.po"):
            if path.stem in {"content", "interface"}:
                yield path.read_text("utf-8")
    for path in (PROJECT / "assets").rglob("*.toml"):
        yield path.read_text("utf-8")


def test_they_come_to_less_than_100_kb() -> None:
    assert len(font_files()) == 4
    assert sum(path.stat().st_size for path in font_files()) < 100_000


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_of_the_catalogue_is_in_them(name: str) -> None:
    """What is left out are signs of formulas and a narrow space, which come from a font of the device."""
    known = set().union(*(TTFont(FONTS / name.format(kept)).getBestCmap() for kept in ("latin", "polish")))
    missing = {each for text in texts() for each in text if ord(each) not in known} - SHAPELESS
    assert missing <= set("Δ₀≤\u202f")
    assert set(map(ord, POLISH)) <= known


@pytest.mark.parametrize("path", font_files(), ids=lambda path: path.name)
def test_the_name_of_a_changed_font_is_not_reserved(path: object) -> None:
    font = TTFont(path)
    family = font["name"].getDebugName(1)
    copyright_note = font["name"].getDebugName(0)
    reserved = re.search(r"Reserved Font Name ‘(\w+)’", copyright_note)
    assert not reserved or reserved[1] not in family
    licence = (FONTS / f"OFL-{family.lower().replace(' ', '-')}.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


def test_what_stands_in_is_as_high_as_the_font() -> None:
    text = (STYLES / "fonts.css").read_text("utf-8")
    rule = (
        r'"(Grotesque|Serif) by \w+";.*size-adjust: ([\d.]+)%; ascent-override: ([\d.]+)%; descent-override: ([\d.]+)%'
    )
    found = re.findall(rule, text)
    assert len(found) == 7
    for kind, *numbers in found:
        size, ascent, descent = (float(each) / 100 for each in numbers)
        cut = next(each for each in CUTS if kind in each.name)
        font = TTFont(FONTS / cut.file.format("latin"))
        em = font["head"].unitsPerEm
        assert ascent * size == pytest.approx(font["hhea"].ascent / em, abs=1e-3)
        assert descent * size == pytest.approx(-font["hhea"].descent / em, abs=1e-3)


def test_every_font_has_its_address_in_the_style_sheet() -> None:
    addresses = {path.name: f"/files/{number}.woff2" for number, path in enumerate(font_files())}
    text = style_sheet(addresses).decode()
    assert re.findall(r'url\("(?!data:)([^"]*)"\)', text) == [*addresses.values()]
    assert "@font-face" not in style_sheet().decode()

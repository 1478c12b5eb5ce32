"""Plates of a route: their codes are read by a program of others, and lead to the stop."""

from __future__ import annotations

import functools

import pytest
import zxingcpp
from lxml import html
from PIL import Image

from carreau.base.languages import LANGUAGES
from carreau.site.pages.pages import make_pages
from carreau.site.pages.place_actions import QUIET, qr_path
from tests.pipeline.site.pages.made import BASE, ROUTE, edition

PLATES = {
    "fr": f"/fr/parcours/{ROUTE}/plaques", "en": f"/en/routes/{ROUTE}/plates", "nl": f"/nl/routes/{ROUTE}/bordjes",
    "de": f"/de/routen/{ROUTE}/schilder", "pl": f"/pl/trasy/{ROUTE}/tabliczki",
}  # fmt: skip


@functools.cache
def pages() -> dict[tuple[str, str], bytes]:
    """Return the pages of the route by address and language."""
    return {(page.address, page.language): page.content for page in make_pages(edition()) if ROUTE in page.address}


def drawn(path: str, side: int, scale: int = 4) -> Image.Image:
    """Return what a browser draws of the lines."""
    image = Image.new("L", (side, side), 255)
    for run in path.split("M")[1:]:
        start, _, length = run.partition("h")
        x, y = start.split()
        for step in range(int(length)):
            image.putpixel((int(x) + step, int(float(y))), 0)
    return image.resize((side * scale, side * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize("text", [f"{BASE}/q/{ROUTE}/3", "https://patrimoine.porte-du-hainaut.example/q/a-b/12"])
def test_another_reader_reads_the_code_even_when_it_is_worn(text: str) -> None:
    path, side = qr_path(text)
    image = drawn(path, side)
    [found] = zxingcpp.read_barcodes(image)
    assert (found.text, found.format, found.ec_level) == (text, zxingcpp.BarcodeFormat.QRCode, "H")
    border = {image.getpixel((x, 2)) for x in range(side * 4)} | {
        image.getpixel((x, QUIET * 4 - 1)) for x in range(side * 4)
    }
    assert border == {255}
    patch = image.width // 5
    image.paste(255, (image.width // 2, image.height // 2, image.width // 2 + patch, image.height // 2 + patch))
    assert [each.text for each in zxingcpp.read_barcodes(image)] == [text]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_a_plate_for_each_stop_in_each_language(language: str) -> None:
    page = html.fromstring(pages()[PLATES[language], language].decode())
    plates = page.find_class("plate")
    assert [each.find_class("plate-number")[0].text for each in plates] == ["1", "2", "3"]
    addresses = [each.find_class("plate-address")[0].text for each in plates]
    assert addresses == [f"pages.example/q/{ROUTE}/{number}" for number in (1, 2, 3)]
    for each, address in zip(plates, addresses, strict=True):
        [svg] = each.find_class("plate-qr")
        side = int(svg.get("viewbox", svg.get("viewBox", "")).split()[-1])
        [found] = zxingcpp.read_barcodes(drawn(svg.find("path").get("d"), side))
        assert found.text == f"https://{address}"
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    route = next(
        content for (address, code), content in pages().items() if code == language and address.count("/") == 3
    )
    assert f'href="{PLATES[language]}"'.encode() in route


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plate_shows_the_place_and_says_in_every_language_what_scanning_brings(language: str) -> None:
    page = html.fromstring(pages()[PLATES[language], language].decode())
    first, second, third = page.find_class("plate")
    own = {"fr": "Voyez ce lieu en 1930", "en": "See it in 1930", "nl": "Bekijk het in 1930",
           "de": "So sah es 1930 aus", "pl": "Zobacz to w 1930 roku"}  # fmt: skip
    assert first.find_class("plate-gets")[0].text.strip() == own[language]
    assert first.xpath(".//img/@src")[0].startswith("/a/")
    others = {each.get("lang"): each.text for each in first.find_class("plate-tongues")[0].iter("span")}
    assert others == {code: text for code, text in own.items() if code != language}
    for plate in (second, third):  # a place and a stop without a picture: an emblem
        assert plate.xpath(".//div[contains(@class, 'drawn')]//svg")
        assert plate.find_class("plate-gets")[0].text.strip()


def test_a_host_that_cannot_choose_offers_every_language() -> None:
    page = html.fromstring(pages()[f"/q/{ROUTE}/2", "fr"].decode())
    links = {each.get("hreflang"): each.get("href") for each in page.xpath("//*[@data-plate]//a")}
    assert links == {code: f"{address.rpartition('/')[0]}#stop=2" for code, address in PLATES.items()}
    said = {each.get("lang"): each.text for each in page.xpath("//*[@data-plate]//a")}
    assert (said["en"], said["de"]) == ("English – Read its story", "Deutsch – Lesen Sie seine Geschichte")


def test_plates_that_lead_nowhere_say_so() -> None:
    made = edition()
    said = b"--base-url"
    assert said not in pages()[PLATES["fr"], "fr"]
    nowhere = type(made)(**{**vars(made), "base_url": "https://carreau.example"})
    page = next(page for page in make_pages(nowhere) if page.address == PLATES["fr"])
    assert said in page.content

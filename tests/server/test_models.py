"""Whoever asks for a model is led to the best that its device and its limits can carry."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from carreau.base.levels import LEVELS
from carreau_server.app_state import open_bundle
from carreau_server.context import create_context
from carreau_server.errors import CorruptBundleError, NotFoundError
from carreau_server.files import Candidate, select_level
from carreau_server.itineraries import pack_change
from tests.server.asking import Ask

MODEL = "/v1/sites/fosse-mathilde/states/1930/model"


@pytest.fixture(scope="session")
def levels(bundle: Path) -> dict[str, str]:
    """Level by the address of its file."""
    (path,) = bundle.glob("a/*.sqlite")
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT sha256, ext, level FROM level").fetchall()
    connection.close()
    return {f"/a/{digest}.{ext}": level for digest, ext, level in rows}


@pytest.mark.parametrize(
    ("question", "headers", "level"),
    [
        ("", {}, "phone"),
        ("?for=desktop", {}, "desktop"),
        ("?for=preview", {}, "preview"),
        ("?for=ar-android", {}, "ar-android"),
        ("?for=ar-ios", {}, "ar-ios"),
        ("?for=desktop", {"save_data": "on"}, "preview"),
        ("?for=desktop", {"save_data": " On"}, "preview"),
        ("?for=desktop", {"save_data": "off"}, "desktop"),
        ("?for=desktop", {"device_memory": "1"}, "preview"),
        ("?for=desktop", {"device_memory": "2"}, "phone"),
        ("?for=ar-ios&max_bytes=400000", {"accept_encoding": "br"}, "ar-ios"),
        ("?for=desktop", {"sec_ch_device_memory": "4"}, "desktop-ktx2"),
        ("?for=desktop-ktx2", {}, "desktop-ktx2"),
        ("?for=desktop-ktx2", {"device_memory": "2"}, "phone"),
        ("?for=desktop", {"device_memory": "0.5"}, "preview"),
        ("?for=desktop", {"sec_ch_device_memory": "8", "device_memory": "1"}, "desktop"),
        ("?for=desktop", {"device_memory": "much"}, "desktop"),
        ("?for=preview", {"device_memory": "8"}, "preview"),
        ("?for=ar-ios", {"save_data": "on"}, "ar-ios"),
        ("?for=desktop&max_bytes=400000", {}, "phone"),
        ("?for=desktop&max_bytes=6000", {}, "preview"),
        ("?for=desktop&max_bytes=400000", {"accept_encoding": "br"}, "desktop"),
        ("?for=desktop&max_gpu_bytes=60000000", {}, "desktop"),
        ("?for=desktop&max_gpu_bytes=59999999", {}, "desktop-ktx2"),
        ("?for=desktop&max_gpu_bytes=9999999", {}, "preview"),
        ("?for=desktop&max_gpu_bytes=1400000", {}, "preview"),
    ],
)
def test_the_best_that_fits(
    ask: Ask, levels: dict[str, str], question: str, headers: dict[str, str], level: str
) -> None:
    reply = ask(MODEL + question, **headers)
    assert reply.status == 307
    assert levels[reply.headers["location"]] == level
    assert ask(reply.headers["location"]).status == 200


def test_the_answer_says_what_it_depends_on(ask: Ask) -> None:
    assert ask(MODEL).headers["vary"] == "Save-Data, Sec-CH-Device-Memory, Device-Memory"
    assert ask(f"{MODEL}?max_bytes=9999999").headers["vary"].endswith("Device-Memory, Accept, Accept-Encoding")
    assert ask(f"{MODEL}?for=desktop&max_gpu_bytes=9999999").headers["vary"].endswith("Device-Memory, Accept")
    assert ask(f"{MODEL}?for=ar-ios&max_bytes=9999999").headers["vary"] == "Accept-Encoding"
    assert "vary" not in ask(f"{MODEL}?for=ar-ios").headers
    assert "Sec-CH-Device-Memory" in ask(MODEL).headers["accept-ch"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (f"{MODEL}?max_bytes=10", 404, "5000"),
        (f"{MODEL}?max_bytes=0", 404, "5000"),
        (f"{MODEL}?max_gpu_bytes=0", 404, "1400000"),
        (f"{MODEL}?max_gpu_bytes=10", 404, "1400000"),
        ("/v1/sites/fosse-mathilde/states/today/model", 404, "model"),
        ("/v1/sites/fosse-mathilde/states/1066/model", 404, "1066"),
        ("/v1/sites/nowhere/states/today/model", 404, "nowhere"),
        (f"{MODEL}?for=printing", 400, ", ".join((*LEVELS, "ar-android, ar-ios"))),
        (f"{MODEL}?max_bytes=-1", 400, "0"),
        (f"{MODEL}?size=1", 400, "for, max_bytes"),
    ],
)
def test_what_is_not_to_be_had_is_said(ask: Ask, path: str, status: int, said: str) -> None:
    reply = ask(path, accept_language="en")
    assert reply.status == status
    assert said in reply.text


@pytest.mark.parametrize(
    ("use", "max_bytes", "max_gpu_bytes", "level"),
    [
        ("preview", None, None, "phone"),  # the next larger one, where there is none
        ("desktop", None, None, "desktop"),
        ("desktop", 20, None, "desktop"),
        ("desktop", 19, None, "phone"),
        ("desktop", None, 80, "desktop"),
        ("desktop", None, 79, "phone"),
    ],
)
def test_a_limit_is_the_most_that_fits(
    bundle: Path, use: str, max_bytes: int | None, max_gpu_bytes: int | None, level: str
) -> None:
    levels = [Candidate("desktop", "d", "glb", 20, 80), Candidate("phone", "p", "glb", 10, 70)]
    context = create_context(open_bundle(bundle), False, [], b"")
    assert select_level(context, levels, use, max_bytes, max_gpu_bytes).level == level


@pytest.mark.parametrize(
    ("use", "accept", "max_bytes", "level"),
    [
        ("phone", "image/avif", None, "phone"),
        ("phone", "image/avif,image/webp,*/*;q=0.8", 12, "phone-light"),
        ("desktop", "image/avif", 12, "phone-light"),
        ("desktop", "IMAGE/AVIF; q=0.5", 12, "phone-light"),
        ("phone", "*/*", 12, "preview"),
        ("phone", "image/*", 12, "preview"),
        ("phone", "image/avif;q=0, */*", 12, "preview"),
        ("phone", "", 12, "preview"),
        ("phone-light", "", None, "phone-light"),
        ("phone-light", "", 11, "preview"),
        ("preview", "image/avif", None, "preview"),
    ],
)
def test_avif_comes_only_to_whoever_asks_for_it(
    bundle: Path, use: str, accept: str, max_bytes: int | None, level: str
) -> None:
    sizes = {"desktop": 30, "phone": 20, "phone-light": 12, "preview": 5}
    levels = [Candidate(name, name, "glb", size, 70) for name, size in sizes.items()]
    context = create_context(open_bundle(bundle), False, [(b"accept", accept.encode())], b"")
    assert select_level(context, levels, use, max_bytes, None).level == level


def test_a_light_level_that_was_not_worth_its_build_is_the_level_itself(ask: Ask, levels: dict[str, str]) -> None:
    reply = ask(f"{MODEL}?for=phone-light")
    assert levels[reply.headers["location"]] == "phone"
    assert reply.headers["vary"].startswith("Save-Data")


def test_data_are_saved_before_images_are_chosen(bundle: Path) -> None:
    levels = [Candidate(name, name, "glb", 1, 1) for name in ("desktop", "phone", "phone-light", "preview")]
    context = create_context(open_bundle(bundle), False, [(b"save-data", b"on")], b"")
    assert select_level(context, levels, "phone-light", None, None).level == "preview"


def test_where_nothing_fits_the_smallest_download_is_named(bundle: Path) -> None:
    levels = [Candidate("desktop", "d", "glb", 20, 80), Candidate("phone", "p", "glb", 10, 90)]
    context = create_context(open_bundle(bundle), False, [], b"")
    with pytest.raises(NotFoundError) as raised:
        select_level(context, levels, "desktop", 9, None)
    assert raised.value.values == {"bytes": 10, "gpu_bytes": 90}


def pack_file(name: str, sha256: str, size: int, brotli_bytes: int | None = None) -> dict[str, object]:
    return {"url": f"/a/{name}", "sha256": sha256, "bytes": size, "brotli_bytes": brotli_bytes}


class KeptPacks:
    """Stands for a bundle that remembers some packs."""

    def __init__(self, *packs: tuple[str, str, list[dict[str, object]] | None]) -> None:
        self.documents = {pack: files for pack, _, files in packs}
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute("CREATE TABLE pack(id, route, sha256)")
        self.connection.executemany("INSERT INTO pack VALUES (?, ?, ?)", [(pack, of, pack) for pack, of, _ in packs])

    def one(self, query: str, *values: object) -> object:
        return self.connection.execute(query, values).fetchone()

    def former_document(self, sha256: str) -> object:
        if (files := self.documents[sha256]) is None:
            raise CorruptBundleError("gone")
        return {"files": files}


def test_a_change_is_what_is_new_and_what_is_not_needed_any_more() -> None:
    same, new = pack_file("same", "1", 100), pack_file("new", "4", 1000, 0)
    changed = pack_file("changed", "3", 100, 30)
    pack = {"id": "now", "route": "a", "files": [same, changed, new]}
    gone = [pack_file(f"gone-{letter}", "9", 1) for letter in "hcgadfbe"]
    packs: Any = KeptPacks(
        ("old", "a", [same, pack_file("changed", "2", 100), *gone]),
        ("empty", "a", []),
        ("lost", "a", None),
        ("other", "b", [same]),
    )
    change = pack_change(packs, pack, "old")
    assert (change["fetch"], change["bytes"], change["is_complete"]) == ([changed, new], 30, True)
    assert change["drop"] == [f"/a/gone-{letter}" for letter in "abcdefgh"]
    for have, count, is_complete in (("now", 0, True), ("empty", 3, True), ("lost", 3, False), ("other", 3, False)):
        change = pack_change(packs, pack, have)
        assert (len(change["fetch"]), change["drop"], change["is_complete"]) == (count, [], is_complete)
    packs.connection.close()


@pytest.mark.parametrize("path", ["/v1/routes/autour-de-mathilde/pack", "/v1/trails/la-greve-de-mathilde/pack"])
def test_a_phone_hears_what_changed_since_its_pack(ask: Ask, bundle: Path, path: str) -> None:
    pack = ask(path).json()
    assert ask(f"{path}/phone").json() == pack
    assert sum(file["brotli_bytes"] or file["bytes"] for file in pack["files"]) == pack["bytes"]
    same = ask(f"{path}?have={pack['id']}").json()
    assert (same["fetch"], same["drop"], same["bytes"], same["is_complete"]) == ([], [], 0, True)
    unknown = ask(f"{path}?have=unknown").json()
    assert (unknown["fetch"], unknown["is_complete"]) == (pack["files"], False)
    (old,) = (row[0] for row in _packs(bundle, pack["route"]) if row[0] != pack["id"])
    change = ask(f"{path}?have={old}").json()
    assert [file["role"] for file in change["fetch"]] == ["data"]
    assert [address[-4:] for address in change["drop"]] == [".txt"]
    assert (change["is_complete"], change["pack"]) == (True, pack)
    assert ask(f"{path}?level=desktop").status == 404
    assert ask(f"{path}?level=huge").status == 400


def _packs(bundle: Path, of: str) -> list[tuple[str]]:
    (path,) = bundle.glob("a/*.sqlite")
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT id FROM pack WHERE lang = 'fr' AND route = ?", (of,)).fetchall()
    connection.close()
    return rows

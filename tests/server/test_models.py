"""Whoever asks for a model is led to the best that its device and its limits can carry."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

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
        ("?for=desktop", {"save_data": "off"}, "desktop"),
        ("?for=desktop", {"sec_ch_device_memory": "4"}, "phone"),
        ("?for=desktop", {"device_memory": "0.5"}, "preview"),
        ("?for=desktop", {"sec_ch_device_memory": "8", "device_memory": "1"}, "desktop"),
        ("?for=desktop", {"device_memory": "much"}, "desktop"),
        ("?for=preview", {"device_memory": "8"}, "preview"),
        ("?for=ar-ios", {"save_data": "on"}, "ar-ios"),
        ("?for=desktop&max_bytes=400000", {}, "phone"),
        ("?for=desktop&max_bytes=6000", {}, "preview"),
        ("?for=desktop&max_bytes=400000", {"accept_encoding": "br"}, "desktop"),
        ("?for=desktop&max_gpu_bytes=22500000", {}, "phone"),
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
    assert ask(f"{MODEL}?max_bytes=9999999").headers["vary"].endswith("Accept-Encoding")
    assert "vary" not in ask(f"{MODEL}?for=ar-ios").headers
    assert "Sec-CH-Device-Memory" in ask(MODEL).headers["accept-ch"]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (f"{MODEL}?max_bytes=10", 404, "5000"),
        (f"{MODEL}?max_gpu_bytes=10", 404, "1400000"),
        ("/v1/sites/fosse-mathilde/states/today/model", 404, "model"),
        ("/v1/sites/fosse-mathilde/states/1066/model", 404, "1066"),
        ("/v1/sites/nowhere/states/today/model", 404, "nowhere"),
        (f"{MODEL}?for=printing", 400, "preview, phone, desktop, ar-android, ar-ios"),
        (f"{MODEL}?max_bytes=-1", 400, "0"),
        (f"{MODEL}?size=1", 400, "for, max_bytes"),
    ],
)
def test_what_is_not_to_be_had_is_said(ask: Ask, path: str, status: int, said: str) -> None:
    reply = ask(path, accept_language="en")
    assert reply.status == status
    assert said in reply.text


def test_a_phone_hears_what_changed_since_its_pack(ask: Ask, bundle: Path) -> None:
    path = "/v1/routes/autour-de-mathilde/pack"
    pack = ask(path).json()
    assert ask(f"{path}/phone").json() == pack
    assert sum(file["brotli_bytes"] or file["bytes"] for file in pack["files"]) == pack["bytes"]
    same = ask(f"{path}?have={pack['id']}").json()
    assert (same["fetch"], same["drop"], same["bytes"], same["is_complete"]) == ([], [], 0, True)
    unknown = ask(f"{path}?have=unknown").json()
    assert (unknown["fetch"], unknown["is_complete"]) == (pack["files"], False)
    (old,) = (row[0] for row in _packs(bundle) if row[0] != pack["id"])
    change = ask(f"{path}?have={old}").json()
    assert [file["role"] for file in change["fetch"]] == ["data"]
    assert [address[-4:] for address in change["drop"]] == [".txt"]
    assert (change["is_complete"], change["pack"]) == (True, pack)
    assert ask(f"{path}?level=desktop").status == 404
    assert ask(f"{path}?level=huge").status == 400


def _packs(bundle: Path) -> list[tuple[str]]:
    (path,) = bundle.glob("a/*.sqlite")
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT id FROM pack WHERE lang = 'fr'").fetchall()
    connection.close()
    return rows

"""Addresses that can be pasted elsewhere, and those that work on one machine or in one house only."""

from __future__ import annotations

import pytest

from carreau.base.errors import OptionError
from carreau.exports.urls import LOCAL, is_public, published_address


@pytest.mark.parametrize(
    "url",
    [
        "https://carreau.example", "http://mine.example:8080/", "https://patrimoine.porte-du-hainaut.fr",
        "https://MUSÉE.fr", "http://93.184.216.34", "http://[2a01:e0a:1::2]:8000", "https://localhost.fr",
    ],
)  # fmt: skip
def test_what_can_be_reached_is_published(url: str) -> None:
    assert is_public(url)
    assert published_address(url, is_local=False) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1", "http://127.0.0.1:8000/", "http://127.1", "http://2130706433", "http://0x7f.0.0.0x1",
        "http://localhost:8000", "http://LOCALHOST.", "http://a.localhost", "http://[::1]", "http://[fe80::1%25eth0]",
        "http://[fd00::1]", "http://[::ffff:127.0.0.1]", "http://0.0.0.0", "http://10.1.2.3", "http://172.16.0.1",
        "http://192.168.1.20", "http://169.254.1.1", "http://100.64.0.1", "http://224.0.0.1", "http://server",
        "http://nas.local", "http://box.lan", "http://a.home.arpa", "http://wiki.intranet", "http://a.internal",
        "http://a..fr",
    ],
)  # fmt: skip
def test_what_cannot_be_reached_from_elsewhere_is_for_this_machine_only(url: str) -> None:
    assert not is_public(url)
    with pytest.raises(OptionError, match=r"cannot be reached from elsewhere.*--local"):
        published_address(url, is_local=False)
    assert published_address(url, is_local=True) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "mine", "mine.example", "ftp://mine.example", "https://", "https://mine.example/a", "https://a:b@c.example",
        "https://mine.example?a", "https://mine.example#a", "https://mine.example:port", "http://[::1", "https://a b",
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_local", [False, True])
def test_what_is_not_the_address_of_a_server_is_refused(url: str, is_local: bool) -> None:
    with pytest.raises(OptionError, match="is not the address of a server"):
        published_address(url, is_local)


def test_no_address_is_refused_but_on_this_machine() -> None:
    with pytest.raises(OptionError, match="--base-url is missing, the public address of your server"):
        published_address("", is_local=False)
    assert published_address("", is_local=True) == LOCAL

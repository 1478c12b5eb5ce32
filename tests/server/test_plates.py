"""The address of a plate leads to its stop, in the language of whoever scanned it."""

from __future__ import annotations

import pytest

from tests.server.asking import Ask

PLATE = "/q/autour-de-mathilde/1"


@pytest.mark.parametrize(
    ("accepted", "page"),
    [
        ("fr-FR, en;q=0.5", "/fr/parcours/autour-de-mathilde"),
        ("de-AT", "/de/routen/autour-de-mathilde"),
        ("pl;q=0.1, it", "/pl/trasy/autour-de-mathilde"),
        ("it", "/fr/parcours/autour-de-mathilde"),
    ],
)
def test_a_plate_leads_on_in_the_language_of_the_phone(ask: Ask, accepted: str, page: str) -> None:
    reply = ask(PLATE, accept_language=accepted)
    assert (reply.status, reply.headers["location"], reply.body) == (303, f"{page}#stop=1", b"")
    assert "Accept-Language" in reply.headers["vary"]
    assert ask(page).status == 200


def test_a_plate_of_a_chapter_leads_to_its_trail(ask: Ask) -> None:
    reply = ask("/q/la-greve-de-mathilde/1", accept_language="pl")
    assert (reply.status, reply.headers["location"]) == (303, "/pl/opowiesci/la-greve-de-mathilde#stop=1")
    assert ask("/q/la-greve-de-mathilde/2").status == 404


def test_a_language_in_the_address_wins(ask: Ask) -> None:
    reply = ask(f"{PLATE}?lang=nl", accept_language="de")
    assert reply.headers["location"] == "/nl/routes/autour-de-mathilde#stop=1"
    assert "vary" not in reply.headers


@pytest.mark.parametrize("path", ["/q/autour-de-mathilde/0", "/q/autour-de-mathilde/2", "/q/autour-de-mathilde/x",
                                  "/q/nowhere/1", "/q/autour-de-mathilde/01", "/q/autour-de-mathilde/1/"])  # fmt: skip
def test_a_plate_that_there_is_not_leads_nowhere(ask: Ask, path: str) -> None:
    assert ask(path).status == 404

"""The identifier of a place leads people to its page in their language, and programs to its document."""

from __future__ import annotations

import pytest

from tests.server.asking import Ask

SITE, ROUTE = "/id/sites/fosse-mathilde", "/id/routes/autour-de-mathilde"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("target", "languages", "page"),
    [
        (SITE, "fr-FR, en;q=0.5", "/fr/sites/fosse-mathilde"),
        (SITE, "de-AT", "/de/orte/fosse-mathilde"),
        (f"{SITE}?lang=nl", "de", "/nl/sites/fosse-mathilde"),
        (f"{SITE}/", "en", "/en/sites/fosse-mathilde"),
        (f"{SITE}/place", "it", "/fr/sites/fosse-mathilde"),
        (f"{SITE}/contexts/place", "en", "/en/sites/fosse-mathilde"),
        (f"{SITE}/states/1930", "pl", "/pl/miejsca/fosse-mathilde#state=1930"),
        (ROUTE, "de", "/de/routen/autour-de-mathilde"),
        (f"{ROUTE}/place", "de", "/de/routen/autour-de-mathilde"),
    ],
)
def test_people_are_led_to_the_page(ask: Ask, target: str, languages: str, page: str) -> None:
    reply = ask(target, accept=BROWSER, accept_language=languages)
    assert (reply.status, reply.headers["location"], reply.body) == (303, page, b"")
    assert reply.headers["vary"].startswith("Accept" if "lang=" in target else "Accept, Accept-Language")
    assert ask(page.partition("#")[0]).status == 200


@pytest.mark.parametrize(
    ("target", "accepted", "kind"),
    [
        (SITE, "application/ld+json", "application/ld+json"),
        (SITE, "application/json", "application/json"),
        (SITE, "application/rdf+xml, text/html;q=0.5", "application/rdf+xml"),
        (f"{SITE}/states/1930", "application/ld+json", "application/ld+json"),
        (ROUTE, "application/json", "application/json"),
    ],
)
def test_programs_are_led_to_the_document(ask: Ask, target: str, accepted: str, kind: str) -> None:
    reply = ask(target, accept=accepted, accept_language="de")
    assert (reply.status, "Accept" in reply.headers["vary"]) == (303, True)
    document = ask(reply.headers["location"], accept=accepted)
    assert (document.status, document.headers["content-type"].partition(";")[0]) == (200, kind)


def test_a_program_keeps_the_language_it_asked_for(ask: Ask) -> None:
    reply = ask(f"{SITE}?lang=nl", accept="application/json")
    assert reply.headers["location"] == "/v1/sites/fosse-mathilde?lang=nl"


def test_the_publisher_leads_to_the_legal_notice(ask: Ask) -> None:
    reply = ask("/id/publisher", accept_language="de")
    assert (reply.status, reply.headers["location"]) == (303, "/de/impressum")
    assert ask("/de/impressum").status == 200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/id/sites/nowhere", "site-not-found"),
        ("/id/routes/nowhere", "route-not-found"),
        ("/id/places/fosse-mathilde", "not-found"),
        (f"{SITE}/states/1850", "not-found"),
        (f"{SITE}/annotations/door", "not-found"),
        (f"{SITE}/words/door", "not-found"),
        ("/id/sites/..%2F..%2Fetc", "site-not-found"),
        ("/id/", "not-found"),
    ],
)
def test_an_identifier_of_nothing_leads_nowhere(ask: Ask, path: str, code: str) -> None:
    assert ask(path, accept=BROWSER).status == 404
    reply = ask(path, accept="application/json")
    assert (reply.status, reply.json()["code"]) == (404, code)

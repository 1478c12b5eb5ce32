"""Write the pages about the site itself: what it is, whose it is, who answers for it, and who it leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.i18n.terms import TERMS, say_term
from pipeline.pages.accessibility import statement_values
from pipeline.pages.addresses import own_page, own_pages
from pipeline.pages.head import Head
from pipeline.pages.rendering import Voice
from pipeline.pages.speech import Speech
from pipeline.schema.site import Rights
from pipeline.schema.words import Text


def notice_pages(voice: Voice) -> Iterator[tuple[str, bytes]]:
    """Yield name and page of each."""
    for name in ("about", "credits", "data", "legal", "accessibility"):
        speech = voice.speech()
        title, description = _titles(name, speech)
        content = voice.content(f"{name}.html", speech, **_values(name, voice, speech))
        head = Head(
            title=f"{title} – Carreau",
            description=description,
            language=voice.language,
            base_url=voice.edition.base_url,
            address=own_page(name, voice.language),
            versions=own_pages(name, voice.edition.languages),
        )
        yield name, voice.page(content, head, speech, name)


def not_found_page(voice: Voice) -> bytes:
    """Return the page for people who are lost."""
    speech = voice.speech()
    title = speech.words("Page not found")
    head = Head(f"{title} – Carreau", title, voice.language, voice.edition.base_url, is_indexed=False)
    return voice.page(voice.content("not_found.html", speech), head, speech)


def _titles(name: str, speech: Speech) -> tuple[str, str]:
    return {
        "about": (speech.words("About this site"), speech.words("The content of this site and its reliability.")),
        "credits": (
            speech.words("Credits"),
            speech.words("Rights holders and licences of the texts, pictures, sounds and models."),
        ),
        "data": (speech.words("Open data"), speech.words("All content of this site as open data.")),
        "legal": (speech.words("Legal notice"), speech.words("Publisher of this site and use of personal data.")),
        "accessibility": (
            speech.words("Accessibility statement"),
            speech.words("Accessibility of this site, and how to report problems."),
        ),
    }[name]


def _values(name: str, voice: Voice, speech: Speech) -> dict[str, object]:
    if name == "about":
        codes = TERMS["evidence"]
        meanings = {
            "attested": speech.words("shown by sources"),
            "deduced": speech.words("deduced from sources"),
            "hypothetical": speech.words("possible, but not shown by any source"),
        }
        return {
            "evidence": [(code, say_term("evidence", code, voice.wording)) for code in codes],
            "evidence_words": lambda code: meanings.get(code, ""),
        }
    if name == "credits":
        return {"rights": list(_rights(voice)), "works": list(_works(voice))}
    if name == "accessibility":
        return statement_values(speech)
    return {}


def _rights(voice: Voice) -> Iterator[Rights]:
    """Yield each right of the catalogue once, however many entries name it."""
    told = [documents[voice.language].rights for documents in voice.edition.sites.values()]
    told += [documents[voice.language].rights for documents in voice.edition.routes.values()]
    yield from {
        (each.of.text, each.credit, each.licence, each.url): each for rights in told for each in rights
    }.values()


def _works(voice: Voice) -> Iterator[tuple[Text, str, str, str, str]]:
    """Yield name, page, credit and licence of each model, picture, sound, film and document."""
    for sites in voice.edition.sites.values():
        site = sites[voice.language]
        address = site.pages[voice.language]
        for state in site.states:
            if state.levels:
                yield state.title, address, state.credit or state.author, state.licence, state.licence_url
        for medium in site.media:
            name = medium.title or medium.alt or site.name
            yield name, address, medium.credit, medium.licence, medium.licence_url
    for routes in voice.edition.routes.values():
        route = routes[voice.language]
        for medium in route.media:
            name = medium.title or medium.alt or route.name
            yield name, route.pages[voice.language], medium.credit, medium.licence, medium.licence_url

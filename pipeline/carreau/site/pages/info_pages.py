"""Pages about the website: about, credits, open data, legal notice, accessibility, not found, offline."""

from __future__ import annotations

from collections.abc import Iterator

from carreau.base.i18n.terms import TERMS, translate_term
from carreau.base.schema.site import Rights
from carreau.base.schema.words import Text
from carreau.site.pages.accessibility import statement_values
from carreau.site.pages.addresses import page_path, page_paths
from carreau.site.pages.head import Head
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.rendering import Renderer


def info_pages(renderer: Renderer) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the pages that are linked from every page."""
    for name in ("about", "credits", "data", "legal", "accessibility"):
        texts = renderer.texts()
        title, description = _titles(name, texts)
        content = renderer.render(f"{name}.html", texts, **_values(name, renderer, texts))
        head = Head(
            title=f"{title} – Carreau",
            description=description,
            language=renderer.language,
            base_url=renderer.edition.base_url,
            address=page_path(name, renderer.language),
            versions=page_paths(name, renderer.edition.languages),
        )
        yield name, renderer.page(content, head, texts, name)


def not_found_page(renderer: Renderer) -> bytes:
    """Return the page for unknown addresses."""
    texts = renderer.texts()
    title = texts.gettext("Page not found")
    head = Head(f"{title} – Carreau", title, renderer.language, renderer.edition.base_url, is_indexed=False)
    return renderer.page(renderer.render("not_found.html", texts), head, texts)


def offline_page(renderer: Renderer) -> bytes:
    """Return the page for an unavailable network; its script lists the walks stored on the device."""
    texts, edition = renderer.texts(), renderer.edition
    title = texts.gettext("You are offline")
    head = Head(
        f"{title} – Carreau",
        title,
        renderer.language,
        edition.base_url,
        address=page_path("offline", renderer.language),
        versions=page_paths("offline", edition.languages),
        is_indexed=False,
        script=edition.assets.walk_script,
    )
    return renderer.page(renderer.render("offline.html", texts), head, texts)


def _titles(name: str, texts: PageTexts) -> tuple[str, str]:
    return {
        "about": (texts.gettext("About this site"), texts.gettext("The content of this site and its reliability.")),
        "credits": (
            texts.gettext("Credits"),
            texts.gettext("Rights holders and licences of the texts, pictures, sounds and models."),
        ),
        "data": (texts.gettext("Open data"), texts.gettext("All content of this site as open data.")),
        "legal": (texts.gettext("Legal notice"), texts.gettext("Publisher of this site and use of personal data.")),
        "accessibility": (
            texts.gettext("Accessibility statement"),
            texts.gettext("Accessibility of this site, and how to report problems."),
        ),
    }[name]


def _values(name: str, renderer: Renderer, texts: PageTexts) -> dict[str, object]:
    if name == "about":
        codes = TERMS["evidence"]
        meanings = {
            "attested": texts.gettext("shown by sources"),
            "deduced": texts.gettext("deduced from sources"),
            "hypothetical": texts.gettext("possible, but not shown by any source"),
        }
        return {
            "evidence": [(code, translate_term("evidence", code, renderer.wording)) for code in codes],
            "evidence_words": lambda code: meanings.get(code, ""),
        }
    if name == "credits":
        return {"rights": list(_rights(renderer)), "works": list(_works(renderer))}
    if name == "accessibility":
        return statement_values(texts)
    return {}


def _rights(renderer: Renderer) -> Iterator[Rights]:
    """Yield each distinct right of the catalogue once."""
    entries = [documents[renderer.language].rights for documents in renderer.edition.sites.values()]
    entries += [documents[renderer.language].rights for documents in renderer.edition.routes.values()]
    yield from {
        (each.of.text, each.credit, each.licence, each.url): each for rights in entries for each in rights
    }.values()


def _works(renderer: Renderer) -> Iterator[tuple[Text, str, str, str, str]]:
    """Yield name, page, credit and licence of each model, picture, sound, film and document."""
    for sites in renderer.edition.sites.values():
        site = sites[renderer.language]
        address = site.pages[renderer.language]
        for state in site.states:
            if state.levels:
                yield state.title, address, state.credit or state.author, state.licence, state.licence_url
        for medium in site.media:
            name = medium.title or medium.alt or site.name
            yield name, address, medium.credit, medium.licence, medium.licence_url
    for routes in renderer.edition.routes.values():
        route = routes[renderer.language]
        for medium in route.media:
            name = medium.title or medium.alt or route.name
            yield name, route.pages[renderer.language], medium.credit, medium.licence, medium.licence_url

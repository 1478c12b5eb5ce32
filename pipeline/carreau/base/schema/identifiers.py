"""Identifiers of sites, routes and their parts, `/id/…`, and where they lead."""

from __future__ import annotations

from urllib.parse import quote

PUBLISHER = "/id/publisher"
STATES, ANNOTATIONS, TOURS = "states", "annotations", "tours"
NAMELESS = ("place", "contexts", "canvases", "scenes")
"""Parts that only documents speak of; the page of their site is about them, too."""


def identifier(kind: str, slug: str, *part: str) -> str:
    """Return the path of an identifier; kind is "sites" or "routes", part that of a part.

    >>> identifier("sites", "fosse-mathilde", STATES, "1930")
    '/id/sites/fosse-mathilde/states/1930'
    """
    return "/".join(("/id", kind, slug, *part))


def fragment(part: str, name: str, state: str) -> str:
    """Return the fragment under which the page of a site shows one of its parts.

    state : that an annotation or a tour belongs to

    >>> fragment(STATES, "1930", "1930"), fragment(TOURS, "visite", "today")
    ('#state=1930', '#state=today&step=visite.1')
    """
    further = {ANNOTATIONS: f"&annotation={quote(name)}", TOURS: f"&step={quote(name)}.1"}
    return f"#state={quote(state)}{further.get(part, '')}"

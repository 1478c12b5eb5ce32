"""The invitation to send a photograph of a place that has none: how to reach the publisher, where that is known."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from carreau.base.schema.site import Site
from carreau.site.pages.links import safe_url
from carreau.site.pages.page_texts import PageTexts, plain
from carreau.site.pages.site_content import Publisher


@dataclass(frozen=True)
class Invitation:
    """A link that reaches the publisher."""

    label: str
    href: str


def wanted_photograph(site: Site, publisher: Publisher, texts: PageTexts) -> Invitation | None:
    """Return how to send a photograph: by mail, else by the publisher's own page; None where neither is known."""
    if publisher.email and "@" in publisher.email:
        subject = texts.gettext("Photograph of %(place)s", place=plain(site.name))
        address = quote(publisher.email, safe="@.+-_")
        label = texts.gettext("Write to %(address)s", address=publisher.email)
        return Invitation(label, f"mailto:{address}?subject={quote(subject, safe='')}")
    page = safe_url(publisher.homepage)
    if not page or not urlsplit(page).netloc:
        return None
    return Invitation(texts.gettext("Contact %(name)s", name=publisher.name or urlsplit(page).netloc), page)

"""Absolute URLs of everything that is published."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from carreau.base.errors import OptionError
from carreau.base.languages import path_words
from carreau.base.messages import message

EXAMPLE = "https://carreau.example"
"""Base URL of documents that are made before there is a server; RFC 2606 reserves `.example`."""

SITE_WORDS = path_words("sites")
ROUTE_WORDS = path_words("routes")
TRAIL_WORDS = path_words("trails")
"""Path segments of pages, by language."""


@dataclass(frozen=True)
class Urls:
    """The addresses of one server.

    base : without a trailing slash

    >>> Urls().page("fosse-mathilde", "en")
    'https://carreau.example/en/sites/fosse-mathilde'
    """

    base: str = EXAMPLE

    def __post_init__(self) -> None:
        """Remove a trailing slash."""
        object.__setattr__(self, "base", self.base.rstrip("/"))

    def site(self, slug: str) -> str:
        """Return the identifier of a site, independent of language and format."""
        return self._at("id", "sites", slug)

    def route(self, slug: str) -> str:
        """Return the identifier of a route."""
        return self._at("id", "routes", slug)

    def trail(self, slug: str) -> str:
        """Return the identifier of a trail."""
        return self._at("id", "trails", slug)

    def part(self, slug: str, kind: str, name: str) -> str:
        """Return the identifier of a part of a site: a state, an annotation, a tour, its place."""
        return self._at("id", "sites", slug, kind, name)

    def page(self, slug: str, language: str) -> str:
        """Return the HTML page of a site."""
        return self._at(language, SITE_WORDS.get(language, "sites"), slug)

    def route_page(self, slug: str, language: str) -> str:
        """Return the HTML page of a route."""
        return self._at(language, ROUTE_WORDS.get(language, "routes"), slug)

    def trail_page(self, slug: str, language: str) -> str:
        """Return the HTML page of a trail, or of a chapter of it that is named as in a link: `slug#chapter`."""
        name, _, chapter = slug.partition("#")
        page = self._at(language, TRAIL_WORDS.get(language, "trails"), name)
        return f"{page}#chapter={quote(chapter)}" if chapter else page

    def model_file(self, slug: str, state: str, name: str) -> str:
        """Return a file of a state's models: `phone.glb`, `ar.usdz`, `poster.webp`."""
        return self._at("models", slug, state, name)

    def poster(self, slug: str, state: str) -> str:
        """Return the picture of a state."""
        return self.model_file(slug, state, "poster.webp")

    def media(self, slug: str, name: str) -> str:
        """Return a picture, sound, film or document of a site."""
        return self._at("media", slug, name)

    def document(self, kind: str, slug: str, ending: str) -> str:
        """Return an export; kind is "sites", "routes" or "trails", ending that of the format without a dot."""
        return self._at("v1", kind, f"{slug}.{ending}")

    def catalogue(self, ending: str) -> str:
        """Return an export of the whole catalogue."""
        return self._at("v1", f"catalogue.{ending}")

    def iiif(self, slug: str) -> str:
        """Return a site's manifest of IIIF Presentation 4."""
        return self._at("iiif", slug, "manifest.json")

    def iiif_3(self, slug: str) -> str:
        """Return a site's manifest of IIIF Presentation 3."""
        return self._at("iiif", "3", slug, "manifest.json")

    def jsonld(self, slug: str) -> str:
        """Return a site's schema.org document."""
        return self.document("sites", slug, "jsonld")

    def oembed_service(self) -> str:
        """Return the oEmbed endpoint."""
        return self._at("oembed")

    def oembed(self, address: str) -> str:
        """Return the URL of the oEmbed response for a URL."""
        return f"{self.oembed_service()}?{urlencode({'url': address, 'format': 'json'})}"

    def _at(self, *parts: str) -> str:
        return "/".join((self.base, *(quote(part, safe="/") for part in parts)))


LOCAL = "http://127.0.0.1:8000"
"""Where `carreau serve` listens, and therefore what `--local` stands for."""

_PRIVATE_ENDINGS = ("corp", "home", "home.arpa", "internal", "intranet", "invalid", "lan", "local", "localhost", "test")
"""Names that no public DNS answers: RFC 2606, 6761, 6762, 8375, ICANN's `internal`, and what routers and offices use.
`.example` is not among them: it is what documentation says, and the pages with plates warn of it."""
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")


def is_public(url: str) -> bool:
    """Return whether the host of a URL may have an address on the internet; nothing is looked up.

    >>> is_public("https://carreau.example"), is_public("https://musée.fr"), is_public("http://[2a01:e0a::1]:8000")
    (True, True, True)
    >>> is_public("http://127.0.0.1:8000"), is_public("http://LocalHost."), is_public("http://nas.local")
    (False, False, False)
    >>> is_public("http://intranet"), is_public("http://192.168.1.2"), is_public("http://127.1"), is_public("mine")
    (False, False, False, False)
    """
    host = _host(url)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return address.is_global and not address.is_multicast
    labels = _ascii(host).split(".")
    # Browsers read a last label of digits, and of 0x and digits, as part of an IPv4 address ("127.1").
    is_number = re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]) is not None
    if len(labels) < 2 or is_number or not all(map(_LABEL.fullmatch, labels)):
        return False
    return not any(host == ending or host.endswith(f".{ending}") for ending in _PRIVATE_ENDINGS)


def published_address(base_url: str, is_local: bool) -> str:
    """Return the address to publish under, without a slash at its end.

    base_url : that was given; empty for none
    is_local : whether the pages are only for this machine, or for the network of the house

    Raises OptionError if it is missing, is not the address of a server, or cannot be reached from elsewhere.
    """
    if not base_url:
        if is_local:
            return LOCAL
        raise OptionError(
            message(
                "--base-url is missing, the public address of your server: pages, QR plates and embed codes carry it; "
                "give it as %(example)s, or --local to try the pages on this machine only",
                example=EXAMPLE,
            )
        )
    if not _is_server(base_url):
        raise OptionError(
            message(
                "--base-url %(url)s is not the address of a server; give scheme and name only, such as %(example)s",
                url=base_url,
                example=EXAMPLE,
            )
        )
    if not is_local and not is_public(base_url):
        raise OptionError(
            message(
                "--base-url %(url)s cannot be reached from elsewhere, but pages, QR plates and embed codes would "
                "carry it; give the public address, such as %(example)s, or add --local to try the pages on this "
                "machine only",
                url=base_url,
                example=EXAMPLE,
            )
        )
    return base_url.rstrip("/")


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    is_clean = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    has_no_space = not re.search(r"[\s\"'<>\\]", url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_clean and has_no_space


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").partition("%")[0]
    except ValueError:
        return ""


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host

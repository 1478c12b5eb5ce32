"""Attribution embedded in media: EXIF, XMP, and tags of sounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

DESCRIPTION, ARTIST, COPYRIGHT = 0x010E, 0x013B, 0x8298
"""Tags of EXIF 2.32, 4.6.4."""

_OPEN = "<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>"
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
}


@dataclass(frozen=True)
class Attribution:
    """The attribution of a medium; empty fields are not written.

    author : name to credit
    licence, licence_url : name and URL
    alt : alternative text of an image
    """

    author: str
    licence: str
    licence_url: str = ""
    title: str = ""
    alt: str = ""
    language: str = "fr"

    @property
    def notice(self) -> str:
        """Return author and licence in one line."""
        return ", ".join(part for part in (self.author, self.licence) if part)


def exif(credit: Attribution) -> bytes:
    """Return EXIF with author, copyright notice and title, without place and camera."""
    from PIL import Image

    tags = Image.Exif()
    # Texts of EXIF are ASCII; all programs of today read UTF-8 there (Metadata Working Group, guidelines 2.0, 2.2.1).
    for tag, text in ((DESCRIPTION, credit.title), (ARTIST, credit.author), (COPYRIGHT, credit.notice)):
        if text:
            tags[tag] = text.encode()
    return tags.tobytes()


def xmp(credit: Attribution) -> bytes:
    """Return an XMP packet (ISO 16684-1) with the same, the licence's address and the alternative text."""
    names = "".join(f" xmlns:{name}='{address}'" for name, address in NAMESPACES.items())
    return (
        f"{_OPEN}<x:xmpmeta xmlns:x='adobe:ns:meta/'>"
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        f"<rdf:Description rdf:about=''{names}>{''.join(_properties(credit))}</rdf:Description>"
        "</rdf:RDF></x:xmpmeta><?xpacket end='r'?>"
    ).encode()


def _properties(credit: Attribution) -> Iterator[str]:
    if credit.author:
        yield f"<dc:creator><rdf:Seq><rdf:li>{escape(credit.author, quote=False)}</rdf:li></rdf:Seq></dc:creator>"
    for name, text in (
        ("dc:rights", credit.notice),
        ("dc:title", credit.title),
        ("xmpRights:UsageTerms", credit.licence),
        ("Iptc4xmpCore:AltTextAccessibility", credit.alt),
    ):
        if text:
            yield f"<{name}>{_in_language(text, credit.language)}</{name}>"
    if credit.licence:
        yield "<xmpRights:Marked>True</xmpRights:Marked>"
    if credit.licence_url:
        yield f"<xmpRights:WebStatement>{escape(credit.licence_url, quote=False)}</xmpRights:WebStatement>"


def _in_language(text: str, language: str) -> str:
    """Return a text of XMP: its default, then the same with its language named."""
    escaped = escape(text, quote=False)
    own = f"<rdf:li xml:lang='{language}'>{escaped}</rdf:li>"
    return f"<rdf:Alt><rdf:li xml:lang='x-default'>{escaped}</rdf:li>{own}</rdf:Alt>"


def tags(credit: Attribution) -> dict[str, str]:
    """Return the tags of a sound."""
    values = {"title": credit.title, "artist": credit.author, "comment": credit.notice}
    return {name: text for name, text in values.items() if text}

"""Attribution embedded in media: EXIF, XMP, and tags of sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def with_metadata(content: bytes, media_type: str, old: bytes, new: bytes) -> bytes:
    """Return a picture in which one block of bytes is another.

    Raises ValueError where it is not there exactly once, or the picture is not laid out as our encoders do.
    """
    if content.count(old) != 1:
        raise ValueError("the words to be replaced are not there once")
    return _BY_TYPE[media_type](content, content.index(old), old, new)


def _spliced(content: bytes | bytearray, at: int, old: bytes, new: bytes) -> bytes:
    return bytes(content[:at]) + new + bytes(content[at + len(old) :])


def _number(content: bytes | bytearray, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "big")


def _add(content: bytearray, at: int, size: int, more: int) -> None:
    content[at : at + size] = (_number(content, at, size) + more).to_bytes(size, "big")


def _jpeg(content: bytes, at: int, old: bytes, new: bytes) -> bytes:
    result, place = bytearray(content), 2
    while place + 4 <= at:
        behind = place + 2 + _number(content, place + 2, 2)
        if at < behind:
            _add(result, place + 2, 2, len(new) - len(old))
            return _spliced(result, at, old, new)
        place = behind
    raise ValueError("no segment holds the words")


def _webp(content: bytes, at: int, old: bytes, new: bytes) -> bytes:
    place = 12
    while place + 8 <= at:
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        behind = place + 8 + size
        if at < behind:
            chunk = _spliced(content[place + 8 : behind], at - place - 8, old, new)
            block = content[place : place + 4] + len(chunk).to_bytes(4, "little") + chunk + bytes(len(chunk) % 2)
            body = content[8:place] + block + content[behind + size % 2 :]
            return content[:4] + len(body).to_bytes(4, "little") + body
        place = behind + size % 2
    raise ValueError("no chunk holds the words")


def _avif(content: bytes, at: int, old: bytes, new: bytes) -> bytes:
    result, more = bytearray(content), len(new) - len(old)
    for name, start, _ in _boxes(content, 0, len(content)):
        if name == b"mdat":
            _add(result, start, 4, more)
    for place in _extents(content):
        offset, length = _number(content, place, 4), _number(content, place + 4, 4)
        if offset > at:
            _add(result, place, 4, more)
        elif at < offset + length:
            _add(result, place + 4, 4, more)
    return _spliced(result, at, old, new)


def _boxes(content: bytes, place: int, behind: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, start and end of each box."""
    while place + 8 <= behind:
        size = _number(content, place, 4)
        if size < 8:
            raise ValueError("a box without its length")
        yield content[place + 4 : place + 8], place, place + size
        place += size


def _extents(content: bytes) -> Iterator[int]:
    """Yield the positions of the offset and length fields of each extent, four bytes each."""
    [(_, meta, meta_end)] = [each for each in _boxes(content, 0, len(content)) if each[0] == b"meta"]
    [(_, iloc, _)] = [each for each in _boxes(content, meta + 12, meta_end) if each[0] == b"iloc"]
    version, sizes, items = content[iloc + 8], content[iloc + 12 : iloc + 14], _number(content, iloc + 14, 2)
    if version or sizes != b"\x44\x00":
        raise ValueError("a table of another kind")
    place = iloc + 16
    for _ in range(items):
        extents = _number(content, place + 4, 2)
        place += 6
        for _ in range(extents):
            yield place
            place += 8


_BY_TYPE: dict[str, Callable[[bytes, int, bytes, bytes], bytes]] = {
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/avif": _avif,
}

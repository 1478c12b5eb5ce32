"""Renditions of media: encoded forms, pictures in several sizes and formats, and the attribution embedded in them."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

from PIL import Image, ImageCms, ImageFilter, ImageOps

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.catalogue.media import ENDINGS_OF_TYPES, open_picture, probe_image
from carreau.catalogue.video import Cue

ENDING_OF = {
    **{kind: endings[0][1:] for kind, endings in ENDINGS_OF_TYPES.items()},
    "audio/webm": "webm",
    "text/vtt": "vtt",
}


@dataclass(frozen=True)
class EncodedFile:
    """A file that is not written yet.

    width, height : pixels, None of sounds and texts
    codec : as in a `codecs` parameter of a media type, of sounds and films
    """

    media_type: str
    content: bytes
    width: int | None = None
    height: int | None = None
    codec: str = ""

    @property
    def sha256(self) -> str:
        """Return the digest that names it."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class ImageRendition:
    """An image in all its forms.

    forms : each width in each format, best format first, smallest width first
    placeholder : a data URL of some hundred bytes
    """

    width: int
    height: int
    forms: tuple[EncodedFile, ...]
    placeholder: str


@dataclass(frozen=True)
class Sound:
    """A sound in all its forms, the best first."""

    duration_s: float
    forms: tuple[EncodedFile, ...]


@dataclass(frozen=True)
class RenditionFile:
    """One form of a medium, in a file named by its content.

    size_bytes : of the file
    width, height : pixels, of pictures and films, else None
    codec : as in a `codecs` parameter, of sounds and films
    """

    media_type: str
    sha256: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    codec: str = ""

    @property
    def ending(self) -> str:
        """Return the ending of its name, without a dot."""
        return ENDING_OF[self.media_type]

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return f"{self.sha256}.{self.ending}"


def describe_variant(form: EncodedFile) -> RenditionFile:
    """Return the description of a form."""
    size = len(form.content)
    return RenditionFile(form.media_type, form.sha256, size, form.width, form.height, form.codec)


@dataclass(frozen=True)
class Rendition:
    """A medium of the catalogue, ready for the web.

    id, kind : as in the catalogue, which has the texts
    variants : best format first, and smallest first within a format
    width, height : pixels of the original, 0 of sounds and documents
    duration_s : of sounds and films, else 0
    placeholder : a data URL, of images
    transcript : spoken text
    captions : WebVTT file, or None; cues are its content
    translated_captions : those in other languages, by language
    """

    id: str
    kind: str
    variants: tuple[RenditionFile, ...]
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    placeholder: str = ""
    transcript: str = ""
    captions: RenditionFile | None = None
    cues: tuple[Cue, ...] = ()
    translated_captions: Mapping[str, RenditionFile] = field(default_factory=dict)


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


def _splice(content: bytes | bytearray, at: int, old: bytes, new: bytes) -> bytes:
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
            return _splice(result, at, old, new)
        place = behind
    raise ValueError("no segment holds the words")


def _webp(content: bytes, at: int, old: bytes, new: bytes) -> bytes:
    place = 12
    while place + 8 <= at:
        size = int.from_bytes(content[place + 4 : place + 8], "little")
        behind = place + 8 + size
        if at < behind:
            chunk = _splice(content[place + 8 : behind], at - place - 8, old, new)
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
    return _splice(result, at, old, new)


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

WIDTHS = (320, 640, 1280, 1920)
"""A card; a phone; a phone of many pixels, or a column of text; a whole screen."""

FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    # One thread and one encoder: more threads, and another number of cores, give other bytes.
    "image/avif": ("AVIF", {"quality": 58, "speed": 6, "max_threads": 1, "codec": "aom", "subsampling": "4:2:0"}),
    "image/webp": ("WEBP", {"quality": 78, "method": 4}),
    "image/jpeg": ("JPEG", {"quality": 80, "optimize": True, "progressive": True, "subsampling": "4:2:0"}),
}
"""Best first: the poster of the simulated scan takes 65, 93 and 115 kB at 1000 pixels."""

PLACEHOLDER_PX = 24
_QUICK_PX = 1280
_PAPER = "white"
"""Background of transparent images: JPEG has no transparency, and pages are white."""

_SIXTEEN_BITS = 257
_NOBODY = Attribution("author", "licence")
_EXIF = b"Exif\0\0"


def encode_picture(path: Path) -> ImageRendition:
    """Return the forms of an image, never larger than the original; the same file gives the same bytes.

    They are upright according to EXIF, in sRGB, and have no metadata but a placeholder for the attribution.
    Raises FormatError where it cannot be decoded.
    """
    probe_image(path)
    image = _decode(path)
    about: dict[str, object] = {"exif": exif(_NOBODY), "xmp": xmp(_NOBODY)}
    sized = [image if width == image.width else _narrow(image, width) for width in widths(image.width)]
    forms = [
        EncodedFile(media_type, _encode(each, name, options | about), each.width, each.height)
        for media_type, (name, options) in FORMATS.items()
        for each in sized
    ]
    return ImageRendition(image.width, image.height, tuple(forms), _placeholder(image))


def encode_quickly(path: Path) -> ImageRendition:
    """Return one form of an image, as a preview shows it until the others are there; else as `encode_picture`.

    A photograph of 12 megapixels takes 0.2 s here, and all its forms 4 s.
    """
    probe_image(path)
    image = _decode(path)
    shown = image if image.width <= _QUICK_PX else _narrow(image, _QUICK_PX)
    about: dict[str, object] = {"exif": exif(_NOBODY), "xmp": xmp(_NOBODY)}
    form = EncodedFile("image/jpeg", _encode(shown, "JPEG", {"quality": 80} | about), shown.width, shown.height)
    return ImageRendition(image.width, image.height, (form,), _placeholder(image))


def credit_image(picture: ImageRendition, credit: Attribution) -> ImageRendition:
    """Return an image with an attribution in all its forms, without encoding them again."""
    forms = []
    for form in picture.forms:
        content = form.content
        for old, new in ((exif(_NOBODY), exif(credit)), (xmp(_NOBODY), xmp(credit))):
            # Only JPEG has the name of the format before EXIF.
            content = with_metadata(content, form.media_type, old.removeprefix(_EXIF), new.removeprefix(_EXIF))
        forms.append(replace(form, content=content))
    return replace(picture, forms=tuple(forms))


def widths(width: int) -> tuple[int, ...]:
    """Return the widths of the forms of an image.

    >>> widths(1000), widths(4000), widths(200)
    ((320, 640, 1000), (320, 640, 1280, 1920), (200,))
    """
    return (*(each for each in WIDTHS if each < width), *([width] if width <= WIDTHS[-1] else []))


def _decode(path: Path) -> Image.Image:
    try:
        with path.open("rb") as file:
            image = open_picture(file)
            upright = ImageOps.exif_transpose(image)
            return _on_paper(_in_srgb(upright, image.info.get("icc_profile", b"")))
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error, IndexError …
        raise FormatError(
            path, "", message("its image data is corrupt or truncated"), message("export it again")
        ) from error


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in sRGB, with its clear pixels if it has any; without a profile it is taken to be sRGB."""
    if image.mode.startswith("I") or image.mode == "F":
        image = image.point(lambda value: value / _SIXTEEN_BITS).convert("L")
    has_clear = "A" in image.getbands() or "transparency" in image.info
    if image.mode not in ("RGB", "RGBA", "L", "CMYK") or (has_clear and image.mode != "RGBA"):
        image = image.convert("RGBA" if has_clear else "RGB")
    if profile and (image.mode != "L" or _is_gray(profile)):
        try:
            return _convert(image, profile)
        except ImageCms.PyCMSError:  # a profile that is broken or for other channels is none
            pass
    return image


def _convert(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), intent, mode, flags=flags)
    assert converted is not None  # noqa: S101 - for mypy: it is None in place only
    return converted


def _is_gray(profile: bytes) -> bool:
    return profile[16:20] == b"GRAY"


def _on_paper(image: Image.Image) -> Image.Image:
    """Return an RGB image without metadata and profile."""
    if image.mode == "RGBA":
        paper = Image.new("RGBA", image.size, _PAPER)
        image = Image.alpha_composite(paper, image)
    plain = image.convert("RGB")
    plain.info = {}
    return plain


def _narrow(image: Image.Image, width: int) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encode(image: Image.Image, name: str, options: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def _placeholder(image: Image.Image) -> str:
    """Return about twenty blurred pixels as a data URL, shown enlarged while the image loads."""
    height = max(1, round(image.height * PLACEHOLDER_PX / image.width))
    tiny = image.resize((PLACEHOLDER_PX, min(height, 4 * PLACEHOLDER_PX)), Image.Resampling.BOX)
    content = _encode(tiny.filter(ImageFilter.GaussianBlur(1)), "WEBP", {"quality": 30, "method": 6})
    return "data:image/webp;base64," + base64.b64encode(content).decode()


POSTER_WIDTHS = (480, 800)
"""A phone, on which a model of more pixels follows in two seconds; a column of a wide page."""

_FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    # As in `pictures`: one thread and one encoder, so that the bytes are always the same.
    "image/avif": ("AVIF", {"quality": 55, "speed": 6, "max_threads": 1, "codec": "aom", "subsampling": "4:2:0"}),
    "image/webp": ("WEBP", {"quality": 72, "alpha_quality": 80, "method": 6}),
}
"""Best first, both with clear pixels: at 480 pixels the simulated scan takes 28 and 38 kB, of 226 kB whole."""


def smaller_posters(path: Path) -> tuple[EncodedFile, ...]:
    """Return the smaller forms of a poster, never larger than it; the smallest WebP is the last.

    Portrait images are scaled by their height. The same file gives the same bytes.
    """
    with Image.open(path) as image:
        original = image.convert("RGBA")
    sized = [_fit(original, width) for width in reversed(POSTER_WIDTHS) if width < max(original.size)]
    return tuple(
        _encoded_poster(each, media_type, name, options)
        for media_type, (name, options) in _FORMATS.items()
        for each in sized
    )


def _fit(image: Image.Image, edge: int) -> Image.Image:
    share = edge / max(image.size)
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _encoded_poster(image: Image.Image, media_type: str, name: str, options: dict[str, object]) -> EncodedFile:
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return EncodedFile(media_type, stream.getvalue(), image.width, image.height)

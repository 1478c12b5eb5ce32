"""Metadata of a GLB: an XMP packet about it, which needs no more than its JSON."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

EXTENSION = "KHR_xmp_json_ld"
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
}
UNSAID = "x-default"
"""Language code of a text of unknown language (XMP, ISO 16684-1, 8.2.2.4)."""

_JSON = 0x4E4F534A


def alternatives(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return a text in several languages, empty for none.

    >>> alternatives({"fr": "fosse"})
    {'@type': 'rdf:Alt', 'rdf:_1': {'@language': 'fr', '@value': 'fosse'}}
    """
    items = {
        f"rdf:_{number}": {"@language": code, "@value": text}
        for number, (code, text) in enumerate(((code, text) for code, text in texts.items() if text), 1)
    }
    return {"@type": "rdf:Alt", **items} if items else {}


def in_order(texts: Sequence[str]) -> dict[str, Any]:
    """Return an ordered list, as of creators; empty for none."""
    return {"@list": list(texts)} if texts else {}


def together(texts: Sequence[str]) -> dict[str, Any]:
    """Return an unordered set, as of subjects; empty for none."""
    return {"@set": list(texts)} if texts else {}


def packet(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a packet of the properties that are not empty, with the namespaces it needs; empty for none."""
    present = {key: value for key, value in properties.items() if value not in (None, "", {})}
    if not present:
        return {}
    text = json.dumps(present)
    return {"@context": {name: url for name, url in NAMESPACES.items() if f'"{name}:' in text}, "@id": "", **present}


def named_packet(name: str, source: str, licence: str, credit: str, licence_url: str = "") -> dict[str, Any]:
    """Return the packet of a GLB with only a name, source, licence and credit; empty for none."""
    return packet(
        {
            "dc:title": alternatives({UNSAID: name}),
            "dc:source": source,
            "dc:format": "model/gltf-binary" if name or source or licence or credit else "",
            "dc:rights": alternatives({UNSAID: ", ".join(text for text in (credit, licence) if text)}),
            "xmpRights:UsageTerms": alternatives({UNSAID: licence}),
            "xmpRights:WebStatement": licence_url,
        }
    )


def with_packet(glb: bytes, packet: Mapping[str, Any]) -> bytes:
    """Return a GLB with a packet for its asset; only its JSON changes, and chunks stay aligned to four bytes.

    The packet of the asset is replaced; packets about other parts of the file stay. An empty packet changes nothing.
    """
    if not packet:
        return glb
    length = struct.unpack_from("<I", glb, 12)[0]
    document, rest = json.loads(glb[20 : 20 + length]), glb[20 + length :]
    _put(document, packet)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), _JSON)
    return head + text + rest


def _put(document: dict[str, Any], packet: Mapping[str, Any]) -> None:
    packets = document.setdefault("extensions", {}).setdefault(EXTENSION, {}).setdefault("packets", [])
    place = document["asset"].setdefault("extensions", {}).setdefault(EXTENSION, {"packet": len(packets)})
    packets[place["packet"] : place["packet"] + 1] = [dict(packet)]
    document["extensionsUsed"] = sorted({*document.get("extensionsUsed", ()), EXTENSION})

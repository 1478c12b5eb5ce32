"""Let pages link to nothing but pages: addresses of http and https, and our own."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def safe(address: str) -> str:
    """Return an address that may be linked to, empty where it may not.

    >>> safe("https://example.org/a"), safe("/fr/"), safe("javascript:alert(1)"), safe("//example.org")
    ('https://example.org/a', '/fr/', '', '')
    """
    if _OWN.fullmatch(address):
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"[\x00-\x20\\]", address)
    return address if is_web else ""


def oembed(base_url: str, address: str, form: str) -> str:
    """Return what our oEmbed says of a page, for who pastes its address into another."""
    return f"{base_url}/oembed?{urlencode({'url': base_url + address, 'format': form})}"


def script_data(document: bytes | None) -> Markup:
    r"""Return a JSON document that no word in it can lead out of a `<script>`; empty where it is none.

    >>> script_data(b'{"name": "</script>"}')
    Markup('{"name":"\\u003c/script\\u003e"}')
    """
    if not document:
        return Markup("")
    compact = json.dumps(json.loads(document), ensure_ascii=False, separators=(",", ":"))
    for sign, instead in _IN_SCRIPT.items():
        compact = compact.replace(sign, instead)
    return Markup(compact)  # noqa: S704 - what could end the element is written otherwise

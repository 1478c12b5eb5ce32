"""Security headers: Content-Security-Policy, Permissions-Policy, CORS and others, by kind of response."""

from __future__ import annotations

from collections.abc import Sequence

from carreau.base.languages import path_words
from carreau_server.settings import Settings

_NONE = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=(), display-capture=()"
# Pages show models (AR, motion sensors) and the visitor's position on a route.
_PAGE = (
    "xr-spatial-tracking=(self), accelerometer=(self), gyroscope=(self), magnetometer=(self), geolocation=(self), "
    "fullscreen=(self), screen-wake-lock=(self), camera=(), microphone=(), payment=(), usb=(), serial=(), midi=(), "
    "display-capture=()"
)
_PAGE_POLICY = (
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "connect-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
)
WORKER = "/service-worker.js"
"""The service worker, which answers pages offline."""
_IMAGES = "img-src 'self' blob: data:"
_IGN = "https://data.geopf.fr"
"""Origin of IGN's map images, which visitors may switch on under a map."""
_LISTS = frozenset(f"/{code}/{word}" for code, word in path_words("places").items())
"""Pages with the list of places, and its map."""
_EXPOSED = (
    "Content-Language, Content-Location, Content-Range, Deprecation, ETag, Link, Retry-After, Sunset, X-Request-ID"
)

Headers = list[tuple[bytes, bytes]]


class SecurityHeaders:
    """The security headers of one release."""

    def __init__(self, settings: Settings, is_https: bool, styles: Sequence[str] = ()) -> None:
        """Build them once.

        is_https : whether the site is served over HTTPS, for Strict-Transport-Security
        styles : digests of styles that our scripts insert
        """
        always = {"X-Content-Type-Options": "nosniff"}
        always |= {"Strict-Transport-Security": "max-age=31536000"} if is_https else {}
        page = {"Referrer-Policy": "strict-origin-when-cross-origin", "Permissions-Policy": _PAGE}
        page |= {"Accept-CH": "Sec-CH-Device-Memory, Device-Memory"}
        data = {
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": _NONE,
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": _EXPOSED,
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        style = " ".join(("style-src 'self'", *(f"'{each}'" for each in styles)))
        own = "; ".join((*_PAGE_POLICY, _IMAGES, style, "frame-ancestors 'self'"))
        mapped = "; ".join((*_PAGE_POLICY, f"{_IMAGES} {_IGN}", style, "frame-ancestors 'self'"))
        ancestors = " ".join(settings.frame_ancestors) or "'none'"
        framed = "; ".join((*_PAGE_POLICY, _IMAGES, style, f"frame-ancestors {ancestors}"))
        opener = {"Cross-Origin-Opener-Policy": "same-origin"}
        self._page = _raw({**always, **page, **opener, "Content-Security-Policy": own})
        self._mapped = _raw({**always, **page, **opener, "Content-Security-Policy": mapped})
        self._embed = _raw({**always, **page, "Content-Security-Policy": framed})
        # Anything but a page runs nothing and loads nothing, even when it is opened in a window.
        locked = "default-src 'none'; frame-ancestors 'none'; sandbox"
        self._data = _raw({**always, **data, "Content-Security-Policy": locked})
        # Browsers do not open PDF in a sandbox.
        self._pdf = _raw({**always, **data, "Content-Security-Policy": "default-src 'none'; object-src 'self'"})
        # The service worker fetches for pages what they may fetch themselves.
        self._worker = _raw({**always, **data, "Content-Security-Policy": "default-src 'none'; connect-src 'self'"})

    def select(self, path: str, media_type: bytes) -> Headers:
        """Return the headers for a response."""
        if path == WORKER:
            return self._worker
        if media_type.startswith(b"text/html") and not path.startswith("/a/"):
            if path.startswith("/embed/"):
                return self._embed
            return self._mapped if has_map(path) else self._page
        return self._pdf if media_type == b"application/pdf" else self._data


def has_map(path: str) -> bool:
    """Say whether a page may have a map: the list of places in any language, and those of sites and routes.

    >>> [has_map(path) for path in ("/fr/", "/fr/lieux", "/fr/sites/a", "/fr/recherche", "/fr/parcours/a/plaques")]
    [False, True, True, False, False]
    """
    first, *rest = path.removeprefix("/").split("/")
    return path in _LISTS or (len(first) == 2 and len(rest) == 2)


def _raw(headers: dict[str, str]) -> Headers:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

"""Who is signed in: the browser that came with the token of the address, or the people of a team."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from carreau.base.messages import Message
from carreau.desk.accounts import PUBLISHER, Account
from carreau.desk.history import Editor

MOST_ATTEMPTS = 10
"""Wrong tokens after which none is taken any more, until the desk is started again."""

LONGEST_IDLE_S = 12 * 3600.0
"""Of a session of a team."""
_MOST_SESSIONS = 1000


@dataclass
class Session:
    """A browser that is signed in.

    csrf : what each of its forms carries
    language : code of the language of its pages
    said : what the next page tells once
    role : one of `carreau.desk.accounts.ROLES`; who is alone may do everything
    login, secret, editor : of the account, and its hash at signing in; nothing for the one who is alone
    used : when it was last used, in seconds
    translating : code of the language that is translated into, empty before one is chosen
    draft : id of the draft that its pages are shown from, empty for none; see `carreau.desk.web.publish_page`
    """

    name: str
    csrf: str
    language: str
    said: tuple[Message, ...] = ()
    role: str = PUBLISHER
    login: str = ""
    secret: str = ""
    editor: Editor | None = None
    used: float = 0.0
    translating: str = ""
    draft: str = ""


class Sessions:
    """The sessions of one desk; they end with it."""

    def __init__(self, language: str) -> None:
        """Make a token and a key.

        language : of a new session
        """
        self._language = language
        self._key = secrets.token_bytes(32)
        self._token: str | None = secrets.token_urlsafe(32)
        self._attempts = 0
        self._open: dict[str, Session] = {}
        self._lock = threading.Lock()

    @property
    def token(self) -> str:
        """Return the token that opens a session, empty once it is spent."""
        return self._token or ""

    def sign_in(self, token: str) -> str:
        """Return the cookie of a new session, empty for a wrong or spent token."""
        with self._lock:
            is_right = self._token is not None and hmac.compare_digest(token.encode(), self._token.encode())
            if not is_right:
                self._attempts += 1
                self._token = None if self._attempts >= MOST_ATTEMPTS else self._token
                return ""
            self._token = None
            return self._opened(Session(_word(), _word(), self._language))

    def open_for(self, account: Account, language: str) -> str:
        """Return the cookie of a new session of a person who has given her password."""
        with self._lock:
            session = Session(_word(), _word(), language, (), account.role, account.login, account.password)
            session.editor = account.editor
            return self._opened(session)

    def _opened(self, session: Session) -> str:
        while len(self._open) >= _MOST_SESSIONS:
            del self._open[min(self._open, key=lambda name: self._open[name].used)]
        session.used = time.monotonic()
        self._open[session.name] = session
        return self.signed(session.name)

    def of(self, cookie: str) -> Session | None:
        """Return the session of a cookie, None for one that we did not sign, or that was not used for long."""
        session = self._open.get(self.name_in(cookie))
        now = time.monotonic()
        if session is None or (session.login and now > session.used + LONGEST_IDLE_S):
            return None
        session.used = now
        return session

    def language_of(self, cookie: str) -> str:
        """Return the language of the session of a cookie, also of one that is over; empty where it is not known."""
        session = self._open.get(self.name_in(cookie))
        return session.language if session else ""

    def end(self, session: Session) -> None:
        """End a session."""
        self._open.pop(session.name, None)

    def signed(self, name: str) -> str:
        """Return a name as a cookie."""
        return f"{name}.{self._signature(name)}"

    def name_in(self, cookie: str) -> str:
        """Return the name in a cookie, empty for one that we did not sign."""
        name, _, signature = cookie.partition(".")
        return name if hmac.compare_digest(signature.encode(), self._signature(name).encode()) else ""

    def _signature(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()


def _word() -> str:
    return secrets.token_urlsafe(32)


LARGEST_BYTES = 4_000_000
"""Of a request without files; a file of the catalogue has at most 1 MB, and a form carries what it was filled from."""

_FORM, _FORM_WITH_FILES = "application/x-www-form-urlencoded", "multipart/form-data"

_SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(**more: str) -> str:
    """Return the Content-Security-Policy of a page that may use more than others, by directive.

    >>> policy(media_src="'self'").rpartition("; ")[2], "script-src 'self' 'x';" in policy(script_src="'x'")
    ("media-src 'self'", True)
    """
    sources = dict(_SOURCES)
    for name, also in more.items():
        directive = name.replace("_", "-")
        sources[directive] = f"{sources[directive]} {also}" if directive in sources else also
    return "; ".join(f"{directive} {each}" for directive, each in sources.items())


MODELS = {
    # The decoder of the geometry is WebAssembly, and works in threads; pictures come from inside the model.
    "script_src": "'wasm-unsafe-eval'",
    "worker_src": "'self' blob:",
    "connect_src": "blob: data:",
    "img_src": "blob: data:",
}
"""What a page may use that shows models, for `policy`."""

_HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    # Without a referrer, browsers send forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), midi=()",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses foreign hosts and origins, other methods, and requests that are too large."""

    def __init__(self, app: ASGIApp, port: int, public: str = "", with_files: Sequence[re.Pattern[str]] = ()) -> None:
        """Set the names that the desk has on this machine, or its public origin behind a server with HTTPS.

        with_files : paths whose forms may send files; they limit them themselves
        """
        self._app, self._with_files = app, tuple(with_files)
        local = {each: f"http://{each}" for each in (f"127.0.0.1:{port}", f"localhost:{port}")}
        self._origins = {public.removeprefix("https://"): public} if public else local
        self._headers = {**_HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if public else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def told(answer: ASGIMessage) -> None:
            if answer["type"] == "http.response.start":
                headers = MutableHeaders(scope=answer)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(answer)

        status = self._refusal(scope)
        if status is not None:
            await PlainTextResponse(status.phrase, status)(scope, receive, told)
            return
        await self._app(scope, receive, told)

    def _refusal(self, scope: Scope) -> HTTPStatus | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._origins:
            return HTTPStatus.MISDIRECTED_REQUEST  # another name for this address: DNS rebinding
        if scope["method"] in ("GET", "HEAD"):
            return None
        if scope["method"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        if headers.getlist("origin") != [self._origins[hosts[0]]]:
            return HTTPStatus.FORBIDDEN
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_files = kind == _FORM_WITH_FILES and any(each.match(scope["path"]) for each in self._with_files)
        if kind != _FORM and not has_files:
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal()):
            return HTTPStatus.LENGTH_REQUIRED
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if int(length[:20]) > LARGEST_BYTES and not has_files else None

"""Who may use the desk: a token in the address opens one session, and is spent."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass

from pipeline.messages import Message

MOST_ATTEMPTS = 10
"""Wrong tokens after which none is taken any more, until the desk is started again."""


@dataclass
class Session:
    """A browser that is signed in.

    csrf : what each of its forms carries
    language : code of the language of its pages
    said : what the next page tells once
    """

    name: str
    csrf: str
    language: str
    said: tuple[Message, ...] = ()


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
            name = secrets.token_urlsafe(32)
            self._open[name] = Session(name, secrets.token_urlsafe(32), self._language)
            return f"{name}.{self._signature(name)}"

    def of(self, cookie: str) -> Session | None:
        """Return the session of a cookie, None for one that we did not sign."""
        name, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(name).encode()):
            return None
        return self._open.get(name)

    def end(self, session: Session) -> None:
        """End a session."""
        self._open.pop(session.name, None)

    def _signature(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()

"""Who is signed in: the browser that came with the token of the address, or the people of a team."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass

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

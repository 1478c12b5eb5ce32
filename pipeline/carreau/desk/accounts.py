"""The people of a team, with their roles and hashed passwords, and which of them is signed in."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from carreau.base.errors import CarreauError, FormatError, OptionError, ScanError, cannot_read
from carreau.base.files import write_whole
from carreau.base.messages import Message, message
from carreau.desk.history import Editor

if TYPE_CHECKING:
    from argon2 import PasswordHasher

ROLES = TRANSLATOR, EDITOR, PUBLISHER = ("translator", "editor", "publisher")
"""Each may do what those before it may."""

SHORTEST, LONGEST = 10, 1000
"""Characters of a password."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NAME = re.compile(r"[^\x00-\x1f\x7f<>]{1,100}")
_EMAIL = re.compile(r"[^\s<>@\x00-\x1f\x7f]{1,100}@[^\s<>@\x00-\x1f\x7f]{1,100}")
_HEAD = "# The people who may use the desk. Add somebody by `carreau desk --users FILE --add-user LOGIN`.\n"


def includes(role: str, wanted: str) -> bool:
    """Return whether a role is another, or includes it.

    >>> includes("editor", "translator"), includes("editor", "publisher")
    (True, False)
    """
    return ROLES.index(role) >= ROLES.index(wanted)


@dataclass(frozen=True)
class Account:
    """A person.

    login : what she signs in with
    name, email : of her commits
    role : one of `ROLES`
    password : its argon2id hash
    """

    login: str
    name: str
    email: str
    role: str
    password: str

    @property
    def editor(self) -> Editor:
        """Return who her saves are by."""
        return Editor(self.name, self.email)


class Accounts:
    """The accounts of a file, which is read again when it changes; as long as it cannot be read, there are none."""

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        """Read them; raises FormatError or ScanError where that is not possible.

        hasher : for passwords, that of argon2-cffi with its defaults where none is given
        """
        from argon2 import PasswordHasher

        self._path, self._hasher = path, hasher or PasswordHasher()
        self._lock = threading.Lock()
        self._verifying = threading.BoundedSemaphore(2)  # each takes 64 MB
        self._nobody = self._hasher.hash("of nobody")
        self._stamp: Any = self._now()
        self._accounts = read_accounts(path)
        self.problem: Message | None = None

    def of(self, login: str) -> Account | None:
        """Return an account, None where there is none."""
        with self._lock:
            now = self._now()
            if now != self._stamp:
                self._stamp, self.problem, self._accounts = now, None, {}
                try:
                    self._accounts = read_accounts(self._path)
                except CarreauError as error:
                    self.problem = error.message
            return self._accounts.get(login)

    def verify(self, login: str, password: str) -> Account | None:
        """Return the account of a login and its password; it takes as long for a login that there is not."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        account = self.of(login.strip().lower())
        with self._verifying:
            try:
                self._hasher.verify(account.password if account else self._nobody, normal_password(password))
            except (Argon2Error, InvalidHashError):
                return None
        return account

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._accounts)

    def _now(self) -> Any:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def read_accounts(path: Path) -> Mapping[str, Account]:
    """Return the accounts of a file by login; raises FormatError, and ScanError where it cannot be opened."""
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        cure = message("check its name and its permissions")
        raise ScanError(path, "", cannot_read(error), cure) from error
    except ValueError as error:
        cause = message("%(text)s", text=str(error))
        raise FormatError(path, "", cause, message("correct it, or add people with --add-user")) from error
    rows = data.get("user", [])
    accounts: dict[str, Account] = {}
    for number, row in enumerate(rows if isinstance(rows, list) else [], 1):
        account = _account(row, path, number)
        if account.login in accounts:
            cause = message("'%(login)s' is there twice", login=account.login)
            raise FormatError(path, message("user %(number)s", number=number), cause, message("keep one of them"))
        accounts[account.login] = account
    return accounts


def _account(row: Any, path: Path, number: int) -> Account:
    parts = {key: row.get(key, "") if isinstance(row, dict) else "" for key in Account.__dataclass_fields__}
    checks: dict[str, Callable[[str], object]] = {
        "login": _LOGIN.fullmatch, "name": _NAME.fullmatch, "email": _EMAIL.fullmatch,
        "role": lambda value: value in ROLES, "password": lambda value: value.startswith("$argon2id$"),
    }  # fmt: skip
    for key, check in checks.items():
        if not isinstance(parts[key], str) or not check(parts[key]):
            cause = message("%(key)s is missing or wrong", key=key)
            cure = message("add the person again with --add-user")
            raise FormatError(path, message("user %(number)s", number=number), cause, cure)
    return Account(**parts)


def normal_password(password: str) -> str:
    """Return a password as all keyboards send it."""
    return unicodedata.normalize("NFKC", password[:LONGEST])


def add_account(path: Path, person: Mapping[str, str], password: str, hasher: PasswordHasher | None = None) -> None:
    """Add a person to a file, or change hers; the file is created where there is none, for its owner alone.

    person : values of `Account` but the password
    Raises OptionError for a wrong value, FormatError or ScanError for a wrong file, and StorageError.
    """
    import tomlkit
    from argon2 import PasswordHasher

    _check(person, password)
    if path.is_file():
        read_accounts(path)
        document = tomlkit.parse(path.read_text("utf-8-sig"))
    else:
        document = tomlkit.parse(_HEAD)
    row = {**person, "password": (hasher or PasswordHasher()).hash(normal_password(password))}
    users: Any = document.setdefault("user", tomlkit.aot())
    same = next((each for each in users if each.get("login") == person["login"]), None)
    if same is None:
        table = tomlkit.table()
        table.update(row)
        users.append(table)
    else:
        same.update(row)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
    write_whole(path, tomlkit.dumps(document).encode())


def _check(person: Mapping[str, str], password: str) -> None:
    if not _LOGIN.fullmatch(person["login"]):
        cure = message("use lower-case letters, digits, dots and hyphens")
        raise OptionError(message("--add-user %(value)s: %(cure)s", value=person["login"], cure=cure))
    if not _NAME.fullmatch(person["name"]):
        raise OptionError(message("--name is missing: it is the name of the person in the history"))
    if not _EMAIL.fullmatch(person["email"]):
        raise OptionError(message("--email is missing or wrong: it is that of the person in the history"))
    if len(password) < SHORTEST:
        raise OptionError(message("the password has fewer than %(count)s characters", count=SHORTEST))


LONGEST_WAIT_S = 900.0
_FORGOTTEN_S = 3600.0
"""After so long without an attempt the failures of a key are forgotten."""
_MOST_KEYS = 10_000


@dataclass
class _Tries:
    count: int = 0
    until: float = 0.0


class Backoff:
    """Counts the failures of keys, such as a login or an address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Set the clock, in seconds."""
        self._clock = clock
        self._tries: dict[str, _Tries] = {}
        self._lock = threading.Lock()

    def begin(self, free: Mapping[str, int]) -> float:
        """Count an attempt as failed before it is made, so that many at once gain nothing; return how long to wait.

        free : keys of the attempt, each with the number of failures that cost nothing
        While one of them has to wait, the result is over 0, and the attempt is not to be made.
        """
        with self._lock:
            now = self._clock()
            wait = max(self._tries[key].until - now if key in self._tries else 0.0 for key in free)
            if wait > 0:
                return wait
            for key, allowed in free.items():
                tries = self._tries.get(key)
                if tries is None or now > tries.until + _FORGOTTEN_S:
                    self._make_room()
                    tries = self._tries[key] = _Tries()
                tries.count += 1
                over = tries.count - allowed
                tries.until = now + (min(2.0 ** min(over, 20), LONGEST_WAIT_S) if over >= 0 else 0.0)
            return 0.0

    def succeed(self, forgiven: str, *others: str) -> None:
        """Forget the failures of one key, and take back the attempt from the others."""
        with self._lock:
            self._tries.pop(forgiven, None)
            for key in others:
                if key in self._tries:
                    self._tries[key].count -= 1
                    self._tries[key].until = 0.0

    def _make_room(self) -> None:
        if len(self._tries) >= _MOST_KEYS:
            del self._tries[min(self._tries, key=lambda key: self._tries[key].until)]


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
            return self._open_session(Session(_word(), _word(), self._language))

    def open_for(self, account: Account, language: str) -> str:
        """Return the cookie of a new session of a person who has given her password."""
        with self._lock:
            session = Session(_word(), _word(), language, (), account.role, account.login, account.password)
            session.editor = account.editor
            return self._open_session(session)

    def _open_session(self, session: Session) -> str:
        while len(self._open) >= _MOST_SESSIONS:
            del self._open[min(self._open, key=lambda name: self._open[name].used)]
        session.used = time.monotonic()
        self._open[session.name] = session
        return self.sign(session.name)

    def of(self, cookie: str) -> Session | None:
        """Return the session of a cookie, None for one that we did not sign, or that was not used for long."""
        session = self._open.get(self.name_in(cookie))
        now = time.monotonic()
        if session is None or (session.login and now > session.used + LONGEST_IDLE_S):
            return None
        session.used = now
        return session

    def find_language(self, cookie: str) -> str:
        """Return the language of the session of a cookie, also of one that is over; empty where it is not known."""
        session = self._open.get(self.name_in(cookie))
        return session.language if session else ""

    def end(self, session: Session) -> None:
        """End a session."""
        self._open.pop(session.name, None)

    def sign(self, name: str) -> str:
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

        async def tell(answer: ASGIMessage) -> None:
            if answer["type"] == "http.response.start":
                headers = MutableHeaders(scope=answer)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(answer)

        status = self._refusal(scope)
        if status is not None:
            await PlainTextResponse(status.phrase, status)(scope, receive, tell)
            return
        await self._app(scope, receive, tell)

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

"""Keep what is known of one request, from the first look at its headers to its line in the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import Scope

from server.bundle import Bundle
from server.held import Held
from server.negotiation import language, lookup, takes_brotli
from server.ranges import is_known

KEY = "carreau"
"""Of `Asked` in the scope of a request."""


@dataclass(slots=True)
class Asked:
    """One request.

    bundle : the release that answers it, to its end
    id : names the request in logs
    lang : what the address says after `?lang=`
    accepts : what the headers of negotiation say, by their names
    keep : whether whoever answers allows that the answer is kept and sent again
    file : that is the whole answer, and whether its compressed copy is
    sent_by_kernel : bytes of the body that passed nobody here
    route : address with its placeholders, for the counters
    """

    bundle: Bundle
    id: str
    is_head: bool
    accepts: dict[bytes, str] = field(default_factory=dict)
    lang: str = ""
    keep: bool = False
    file: tuple[Held, bool] | None = None
    sent_by_kernel: int = 0
    route: str = ""

    def header(self, name: bytes) -> str:
        """Return a header of negotiation, or of a condition; empty when there is none."""
        return self.accepts.get(name, "")

    @property
    def takes_brotli(self) -> bool:
        """Say whether the answer may be compressed."""
        return takes_brotli(self.header(b"accept-encoding"))

    def knows(self, tag: str) -> bool:
        """Say whether who asks has this version already."""
        known = self.header(b"if-none-match")
        return bool(known and tag) and is_known(known, tag)

    def language(self, there: tuple[str, ...]) -> str:
        """Return the language to answer in: that of the address, else by the header."""
        found = lookup(self.lang, there) if self.lang else ""
        return found or language(self.header(b"accept-language"), there)


HEADERS = frozenset(
    (
        *(b"accept", b"accept-language", b"accept-encoding", b"if-none-match", b"if-range", b"range", b"x-request-id"),
        *(b"save-data", b"sec-ch-device-memory", b"device-memory", b"content-length", b"transfer-encoding"),
        *(b"expect", b"x-forwarded-for"),
    )
)


def asked_in(scope: Scope) -> Asked:
    """Return what is known of the request that a scope is of; raises KeyError outside of our app."""
    found: Asked = scope[KEY]
    return found

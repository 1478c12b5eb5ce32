"""Play back what `carreau survey --check --record` kept, in the place of the stand-in's own answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from carreau.air.survey.recording import FORMAT, NAME, scrub

NOT_RECORDED = (404, {"Content-Type": "text/plain"}, b"not recorded")
_TEXTS = ("text/", "application/json")


@dataclass
class Recording:
    """A recording; each answer is given in its turn, and the last one of a request again and again.

    asked : how often each request was
    """

    folder: Path
    asked: dict[tuple[str, str], int] = field(default_factory=dict)
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the list."""
        listed = json.loads((self.folder / NAME).read_text(encoding="utf-8"))
        assert listed["format"] == FORMAT
        self.exchanges = listed["exchanges"]

    def answer(self, target: str, part: str, own: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer to a request.

        target : path and query
        part : `Range` of the request, empty without one
        own : address of the server, which takes the place of those that were recorded
        """
        request = _target(scrub(target)[0]), part
        answers = [each for each in self.exchanges if (_target(each["address"]), each["range"]) == request]
        if not answers:
            return NOT_RECORDED
        turn = self.asked[request] = self.asked.get(request, 0) + 1
        exchange = answers[min(turn, len(answers)) - 1]
        body = (self.folder / exchange["body"]).read_bytes()
        headers = {name: self._moved(value, own) for name, value in exchange["headers"].items()}
        if headers.get("Content-Type", "").startswith(_TEXTS):
            body = self._moved(body.decode("utf-8", "surrogateescape"), own).encode("utf-8", "surrogateescape")
        return exchange["status"], headers, body

    def _moved(self, text: str, own: str) -> str:
        for origin in {"{0.scheme}://{0.netloc}".format(urlsplit(each["address"])) for each in self.exchanges}:
            text = text.replace(origin, own)
        return text


def _target(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")

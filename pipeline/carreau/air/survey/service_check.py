"""What `--check` tells of each service: whether it answers as it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from carreau.base.errors import ServiceError
from carreau.base.messages import Line, Message, message
from carreau.runs.console.failures import Failure


@dataclass(frozen=True)
class ServiceCheck:
    """Whether a service answers as it should.

    text : what it answered, or why that will not do
    """

    name: str
    is_well: bool
    text: Message


@dataclass(frozen=True)
class ServiceChecks:
    """What became of each service."""

    checks: tuple[ServiceCheck, ...]

    @property
    def exit_code(self) -> int:
        """Return 0 if all answer, else 1."""
        return int(not all(each.is_well for each in self.checks))

    def lines(self) -> list[Line]:
        """Return a line for each."""
        return [
            message("ok      %(layer)s: %(text)s", layer=each.name, text=each.text)
            if each.is_well
            else message("FAILED  %(layer)s", layer=each.name)
            for each in self.checks
        ]

    def failures(self) -> list[Failure]:
        """Return what failed."""
        return [Failure(each.text, 1) for each in self.checks if not each.is_well]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "services": [{"layer": each.name, "is_well": each.is_well, "text": str(each.text)} for each in self.checks]
        }


def try_service(name: str, ask: Callable[[], Message]) -> ServiceCheck:
    """Return what became of a request.

    ask : returns what the service answered; raises ServiceError where that will not do
    """
    try:
        return ServiceCheck(name, True, ask())
    except ServiceError as error:
        return ServiceCheck(name, False, error.message)

"""What the commands that ask open data services share: the services, the client, the received answers, the result."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from carreau.air.survey.services import NAME, Services, read_services
from carreau.base.errors import OptionError
from carreau.base.messages import Line, message
from carreau.command.commands.output import print_failure, progress_translator, show
from carreau.runs.cache.cache import default_root
from carreau.runs.console.failures import Failure
from carreau.runs.console.streams import transfer_for
from carreau.runs.console.transfer import Transfer

if TYPE_CHECKING:
    from carreau.air.survey.source import Source


class Result(Protocol):
    """What became of a command."""

    @property
    def exit_code(self) -> int:
        """0 unless something failed."""

    def lines(self) -> list[Line]:
        """What is printed of it."""

    def failures(self) -> list[Failure]:
        """What failed."""

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""


def ask_services(chosen: argparse.Namespace, run: Callable[[Source, Services, Transfer], Result]) -> int:
    """Run a command that asks services, print what became of it, and return the exit code."""
    from carreau.air.survey.http_client import HttpClient
    from carreau.air.survey.kept_answers import KeptAnswers
    from carreau.air.survey.source import Source

    services = read_services(_changed_services(chosen))
    transfer = transfer_for(sys.stderr, chosen.quiet, progress_translator())
    client = HttpClient(services.client, on_bytes=transfer.receive)
    answers = KeptAnswers(chosen.cache or default_root() / "survey", services.client.keep_days)
    source = Source(client, answers, chosen.offline, renew=chosen.refresh or chosen.check)
    try:
        result = run(source, services, transfer)
    finally:
        transfer.close()
    show(result, chosen.json, chosen.quiet)
    for failure in result.failures():
        print_failure(failure)
    return result.exit_code


def refuse_both(chosen: argparse.Namespace, pairs: Iterable[tuple[str, str]]) -> None:
    """Raise OptionError where both options of a pair are given."""
    for one, other in pairs:
        if getattr(chosen, one) and getattr(chosen, other):
            raise OptionError(message("--%(one)s and --%(other)s exclude each other", one=one, other=other))


def _changed_services(chosen: argparse.Namespace) -> Path | None:
    """Return the file that changes services: the one that is named, else that of the catalogue."""
    if chosen.services is not None:
        return Path(chosen.services)
    own = Path(chosen.assets) / NAME
    return own if own.is_file() else None

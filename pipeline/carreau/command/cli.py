"""The `carreau` command: arguments in, an exit code out; `carreau.command.commands` has the commands themselves."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence

from carreau.base.languages import LANGUAGES, cli_locale
from carreau.base.process import keep_one_blas_thread
from carreau.command.arguments.parser import parser, with_values
from carreau.runs.failures import INTERRUPTED, run_safely

__all__ = ["main", "parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 failed, 2 bad scan or option, 70 defect, 130 interrupted."""
    keep_one_blas_thread()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parsed = run_safely(lambda: parser().parse_args(with_values(arguments)))
    from carreau.command.commands.output import LANGUAGE, print_failure

    LANGUAGE.set(cli_locale(_language_option(arguments), os.environ))
    if parsed.result is None:
        return print_failure(parsed.failure)
    from carreau.command.commands.run import run

    code = run(parsed.result)
    if code == INTERRUPTED and threading.active_count() > 1:
        # A step in a native library cannot be stopped, and Python would wait for it. Nothing half made is kept.
        sys.stderr.flush()
        os._exit(code)
    return int(code)


def _language_option(arguments: Sequence[str]) -> str | None:
    """Return the language of `carreau --lang`, also of a command line that cannot be parsed."""
    first, second = (*arguments[:2], "", "")[:2]
    code = second if first == "--lang" else first.removeprefix("--lang=")
    return code if code in LANGUAGES else None


if __name__ == "__main__":
    sys.exit(main())

"""A terminal shows how many are done, and a log is not filled with it."""

from __future__ import annotations

import io

from pipeline.console.counter import counter_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_counts_in_one_line_and_is_clean_at_the_end() -> None:
    stream = Terminal()
    count = counter_for(stream)
    for done in range(1, 6):
        count(done, 5)
    assert "3 of 5" in stream.getvalue()
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_few_documents_and_logs_are_not_counted() -> None:
    stream, terminal = io.StringIO(), Terminal()
    counter_for(stream)(1, 50)
    counter_for(terminal)(1, 3)
    assert stream.getvalue() == terminal.getvalue() == ""

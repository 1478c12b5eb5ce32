"""The bench of the show says what did not begin, and where memory grows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench.show import Memory, Phase, said

QUIET = Memory(1_070_000, 778, 15, 3)
PHASE = Phase("200 loads of its page", 200, 0, "50 loads", QUIET, replace(QUIET, heap=1_080_000))


def test_what_stays_as_it_was_is_flat() -> None:
    (line,) = said([PHASE])
    assert line == (
        "a show, 200 loads of its page: all 200 began; heap 1.07 MB after 50 loads and 1.08 MB at the end, nodes 778 "
        "and 778, listeners 15 and 15, documents 3 and 3, flat"
    )


@pytest.mark.parametrize(
    "last",
    [
        replace(QUIET, heap=1_270_000),
        replace(QUIET, nodes=978),
        replace(QUIET, listeners=215),
        replace(QUIET, documents=203),
    ],
)
def test_what_grows_is_not_flat(last: Memory) -> None:
    (line,) = said([replace(PHASE, last=last)])
    assert line.endswith(", NOT FLAT")


def test_what_did_not_begin_is_counted() -> None:
    (line,) = said([replace(PHASE, failed=3)])
    assert "3 of 200 DID NOT BEGIN; heap" in line

"""Builds of scans with oddities are as large, as upright and as coloured as the truth, and say what was wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.quick_looks import quick_compression, quick_looks
from tests.real.oddities.checking import build
from tests.real.oddities.table import Oddity, oddities
from tests.real.oddities.truth import Truth, column


@pytest.fixture(scope="module")
def truth(scans: Path) -> Truth:
    """The surface that all of them are made from."""
    return column(scans)


@pytest.mark.parametrize("oddity", oddities(), ids=lambda oddity: oddity.name)
def test_an_oddity_is_built_as_it_must_be(oddity: Oddity, truth: Truth, tmp_path: Path, encoder: Path) -> None:
    with quick_looks(), quick_compression():
        assert build(oddity, truth, tmp_path).complaints(truth) == []

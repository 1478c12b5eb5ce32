"""Options that make no sense are refused with their name and their choices."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.base.levels import LEVELS
from carreau.base.options import ModelOptions


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unit": "cubit"}, "--unit: 'cubit' is unknown; use one of: auto, m"),
        ({"up": "w"}, "--up"),
        ({"levels": ("huge",)}, "--levels: 'huge' is unknown; use one of: " + ", ".join(LEVELS)),
        ({"levels": ()}, "--levels: none given"),
        ({"jobs": 0}, "--jobs: 0 is less than 1"),
    ],
)
def test_nonsense_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        ModelOptions(Path("out"), **change)  # type: ignore[arg-type]


def test_the_defaults_make_sense() -> None:
    assert ModelOptions(Path("out")).levels == ("preview", "phone-light", "phone", "desktop", "ar")

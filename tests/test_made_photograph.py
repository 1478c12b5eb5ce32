"""The made photograph of the example is what its program draws, and the catalogue says that it is made."""

from __future__ import annotations

import tomllib

import numpy as np
from PIL import Image

from tests.made_photograph import PATH, draw


def test_the_file_is_what_the_program_draws() -> None:
    with Image.open(PATH) as image:
        assert image.mode == "L"
        pixels = np.asarray(image, np.float32)
    assert np.abs(pixels - draw()).mean() < 4  # what JPEG takes away of the grain


def test_the_record_says_that_it_is_made_and_of_whom() -> None:
    layers = tomllib.loads((PATH.parent / "survey.toml").read_text("utf-8"))["layer"]
    (layer,) = [each for each in layers if each["role"] == "historic"]
    assert layer["simulated"] is True
    assert "IGN" not in layer["credit"]

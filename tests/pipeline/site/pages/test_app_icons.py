"""The icons that lie in the project are those that are drawn."""

from io import BytesIO

import numpy as np
from PIL import Image

from tests.pipeline.site.pages.app_icons import drawn


def test_icons_are_as_they_are_drawn() -> None:
    for path, content in drawn():
        kept, made = Image.open(path), Image.open(BytesIO(content))
        assert (kept.size, kept.mode) == (made.size, made.mode), path.name
        assert np.array_equal(np.asarray(kept), np.asarray(made)), path.name

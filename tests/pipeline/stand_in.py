"""A function in place of a stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


def stand_in(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that a cache takes for a stage.

    name : "module:function" of the stage, whose code is behind the keys; what runs is the stand-in
    """

    def called(*arguments: Any) -> Any:
        return function(*arguments)

    called.__module__, _, called.__qualname__ = name.partition(":")
    return called


def blank_posters(patch: pytest.MonkeyPatch) -> None:
    """Let builds make a poster of eight pixels: a true one is half of the time that a tiny scan takes."""
    blank = stand_in("carreau.models.stages.poster:render_poster", lambda *_: np.full((8, 8, 4), 99, np.uint8))
    patch.setattr("carreau.models.builders.model_tasks.render_poster", blank)
    patch.setattr("carreau.models.builders.model_tasks.render_poster", blank)

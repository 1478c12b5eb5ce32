"""Hold the rows of a PLY element as columns, whichever way they were written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import FormatError
from pipeline.formats.meshes.ply_header import TRUNCATED, Header
from pipeline.messages import message

Numbers = NDArray[Any]
POSITION = ("x", "y", "z")
NORMAL = ("nx", "ny", "nz")
COLORS = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))


@dataclass(frozen=True, eq=False)
class Lists:
    """One list a row.

    counts : (n,) int64
    values : all items, one list after the other
    """

    counts: NDArray[np.int64]
    values: Numbers

    def starts(self) -> NDArray[np.int64]:
        """Return where each list begins in `values`."""
        return np.cumsum(self.counts) - self.counts

    def width(self) -> int | None:
        """Return the length that all lists share, or None."""
        first = int(self.counts[0]) if len(self.counts) else 0
        return first if bool((self.counts == first).all()) else None


@dataclass(eq=False)
class Columns:
    """The columns of one element: of two properties of one name, the first.

    numbers : (n,) arrays, of the type the header gives or of float64 when the file is text
    """

    count: int
    numbers: dict[str, Numbers] = field(default_factory=dict)
    lists: dict[str, Lists] = field(default_factory=dict)

    def first_list(self, *names: str) -> Lists | None:
        """Return the first list of these names."""
        return next((self.lists[name] for name in names if name in self.lists), None)

    def first_group(self, *groups: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the first group of names that are all columns of numbers."""
        return next((group for group in groups if all(name in self.numbers for name in group)), None)

    def table(self, group: tuple[str, ...]) -> Numbers:
        """Return (n, k) native numbers of k columns."""
        native = np.result_type(*(self.numbers[name].dtype.newbyteorder("=") for name in group))
        table = np.empty((self.count, len(group)), native)
        for column, name in enumerate(group):
            table[:, column] = self.numbers[name]
        return table


def cut_short(header: Header, element: str, count: int) -> FormatError:
    """Return the error for a file that holds fewer rows than its header claims."""
    cause = message("the element count %(count)s exceeds the data", count=count)
    return FormatError(header.path, message("element '%(name)s'", name=element), cause, TRUNCATED)

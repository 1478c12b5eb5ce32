"""How far publishing is: its stages in their order, each with its share of the time that all take."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeVar

from carreau.base.messages import Message, joined, message

OnProgress = Callable[[Message, float], None]
"""Called with what is being done, and the share of all that is done, 0 to 1."""

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """What is being done.

    percent : of the time of all, between that of a first draft of the 53 and that of one after a change
    """

    doing: Message
    percent: int


READ = Stage(message("reading and checking the catalogue"), 7)
GATHER = Stage(message("gathering models and media"), 15)
PLACE_DATA = Stage(message("writing the data of the places"), 13)
ROUTE_DATA = Stage(message("writing the data of the routes"), 3)
TRAIL_DATA = Stage(message("writing the data of the trails"), 3)
LISTS = Stage(message("writing lists and exports"), 12)
PAGES = Stage(message("writing the pages"), 42)
PACKS = Stage(message("making the offline copies"), 1)
LISTING = Stage(message("listing all files"), 4)
_ORDER = (READ, GATHER, PLACE_DATA, ROUTE_DATA, TRAIL_DATA, LISTS, PAGES, PACKS, LISTING)


def tell(on_progress: OnProgress, stage: Stage, done: int = 0, total: int = 1, name: str = "") -> None:
    """Tell how far a stage is.

    name : of what it is at
    """
    before = sum(each.percent for each in _ORDER[: _ORDER.index(stage)])
    percent = before + stage.percent * min(done / max(total, 1), 1.0)
    on_progress(joined([stage.doing, name], ": ") if name else stage.doing, percent / 100)


def followed(
    on_progress: OnProgress, stage: Stage, items: Collection[T], name: Callable[[T], str] = lambda _: ""
) -> Iterator[T]:
    """Yield the items of a stage, and tell before each how far it is."""
    for done, item in enumerate(items):
        tell(on_progress, stage, done, len(items), name(item))
        yield item

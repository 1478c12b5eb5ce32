"""Another encoding of a level with fewer bytes: made after it, of the same mesh and atlas, where it saves enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from carreau.base.levels import FEWER_BYTES, LEVELS, Level
from carreau.models.builders.level_builder import BuiltLevel

LEAST_EXCESS = 1.2
"""Bytes of a level, relative to the budget of its lighter encoding, from which on that is worth its build."""

Build = Callable[[], BuiltLevel | None]
"""Builds a level, or returns None where another encoding would save too little."""


def lighter(level: Level, heavier: Build, build: Build, announce: Callable[[str], None]) -> Build:
    """Return a function that builds a lighter encoding, or returns None where the level itself is hardly heavier.

    heavier : builds the level of which it is another encoding, or returns it if it is built
    announce : called with the name of the lighter one before it is built
    """

    def build_if_it_saves() -> BuiltLevel | None:
        own = heavier()
        if own is None or len(own.brotli) <= LEAST_EXCESS * level.file_bytes:
            return None
        announce(level.name)
        return build()

    return build_if_it_saves


def with_lighter(
    names: Sequence[str], build: Callable[[str], Build], announce: Callable[[str], None] = lambda _: None
) -> dict[str, Build]:
    """Return the functions that build levels, in their order; a lighter encoding takes the place of its level.

    One job then builds both in turn, and no other waits for the slow encoder at the end. The level itself comes last,
    when it has long been built.

    build : returns the function that builds a level by its name
    announce : called with the name of a lighter encoding that is built
    """
    built = {name: once(build(name)) for name in names if name not in FEWER_BYTES}
    lighter_of = {FEWER_BYTES[name]: name for name in names if name in FEWER_BYTES}
    functions: dict[str, Build] = {}
    for name in [*built, *(heavier for heavier in lighter_of if heavier not in built)]:
        light = lighter_of.get(name)
        if light is None:
            functions[name] = built[name]
        else:
            heavier = built.get(name) or once(build(name))
            functions[light] = lighter(LEVELS[light], heavier, build(light), announce)
    return {**functions, **{name: built[name] for name in lighter_of if name in built}}


def once(build: Build) -> Build:
    """Return a function that calls another one the first time, in whichever thread, and returns its value each time."""
    lock, values = Lock(), list[BuiltLevel | None]()

    def built() -> BuiltLevel | None:
        with lock:
            if not values:
                values.append(build())
            return values[0]

    return built

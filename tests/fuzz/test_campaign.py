"""What a campaign found stays fixed, a short one finds nothing, and one over broken readers finds each trap."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.fuzz import worker
from tests.fuzz.campaign import CASES, LARGEST_CASE, Worker, campaign, cases, tasks
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import Seed, all_seeds
from tests.fuzz.traps import SEED as TRAP
from tests.fuzz.worker import GOOD

SHORT = 300


@pytest.fixture(scope="module")
def seeds() -> tuple[Seed, ...]:
    return all_seeds()


@pytest.fixture(scope="module")
def reader(seeds: tuple[Seed, ...]) -> Iterator[Worker]:
    started = Worker(seeds, 1, ())
    yield started
    started.close()


def test_what_was_found_stays_fixed(seeds: tuple[Seed, ...], reader: Worker) -> None:
    outcomes = {path.relative_to(CASES): reader.read(place, path.read_bytes()) for place, path in cases(seeds)}
    assert outcomes
    assert {str(path): outcome for path, outcome in outcomes.items() if outcome.what not in GOOD} == {}


def test_cases_are_small(seeds: tuple[Seed, ...]) -> None:
    assert max(path.stat().st_size for _, path in cases(seeds)) <= LARGEST_CASE


def test_a_short_campaign_finds_nothing(seeds: tuple[Seed, ...]) -> None:
    few = tuple(
        seed for seed in seeds if seed.name in ("ply-strips", "laz-3", "e57-xml", "draco-5", "image-tiff", "texts-po")
    )
    tally = campaign(few, 1, SHORT, 60.0, warm=())
    assert {name: finding.outcome for name, finding in tally.findings.items()} == {}
    assert tally.totals["read"] > 0
    assert tally.totals["refused"] > SHORT / 3


TRAPS = {
    b"0": "read", b"r": "refused", b"a": "abort", b"t": "traceback", b"m": "memory", b"g": "memory", b"n": "noise",
    b"w": "noise",
}  # fmt: skip


def test_each_way_of_going_wrong_is_noticed() -> None:
    trapped = Worker((TRAP,), 1)
    try:
        outcomes = {content: trapped.read(0, content) for content in TRAPS}
    finally:
        trapped.close()
    assert {content: outcome.what for content, outcome in outcomes.items()} == TRAPS
    assert outcomes[b"a"].note.startswith("SIGABRT")
    assert "traps.py" in outcomes[b"a"].note
    assert trapped.restarts == 1


def test_a_campaign_over_a_broken_reader_keeps_the_smallest_input_of_each_kind() -> None:
    tally = campaign((TRAP,), 5, 400, 60.0)
    assert tally.bad
    assert all(finding.outcome.what not in GOOD for finding in tally.findings.values())
    assert sum(tally.repeats.values()) == tally.bad
    assert tally.totals.total() == 400


def test_the_same_number_gives_the_same_inputs(seeds: tuple[Seed, ...]) -> None:
    seed = next(seed for seed in seeds if seed.name == "ply-little")
    others = worker.siblings(seed, seeds)
    first = [worker.content_of(seed, others, 7, number) for number in range(50)]
    assert first == [worker.content_of(seed, others, 7, number) for number in range(50)]
    assert first != [worker.content_of(seed, others, 8, number) for number in range(50)]
    assert sum(content != seed.content for content in first) > 45


def test_inputs_are_spread_over_the_seeds(seeds: tuple[Seed, ...]) -> None:
    chunks = list(tasks(seeds[:3], 100))
    assert sum(count for _, _, count in chunks) == 100
    assert [place for place, _, _ in chunks] == [0, 1, 2, 0, 1]
    assert len({(place, first) for place, first, _ in chunks}) == len(chunks)


def test_changes_stay_small() -> None:
    longest = max(len(mutated(b"v 0 0 0\n" * 20, random.Random(number), [b"f 1 2 3\n"], True)) for number in range(500))
    assert longest < 500_000


def test_every_format_that_is_read_has_seeds(seeds: tuple[Seed, ...]) -> None:
    from carreau.formats.registry import SPLATS, suffixes

    wanted = {suffix for suffix in (*suffixes(), *SPLATS) if suffix != ".ksplat"}
    assert wanted <= {f".{seed.opened.rpartition('.')[2]}" for seed in seeds}

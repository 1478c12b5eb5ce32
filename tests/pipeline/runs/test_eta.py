"""The time left is told when it is known to a factor of two, and not before."""

from __future__ import annotations

import pytest

from carreau.runs.eta import BatchEta, Eta

MB = 1_000_000


def test_the_share_follows_the_seconds_of_last_time() -> None:
    schedule = Eta()
    schedule.plan([("read", 1.0), ("unwrap", 9.0)])
    assert schedule.share(0.0) == 0
    assert schedule.seconds_left(0.0) == pytest.approx(10)
    schedule.begin("read", 0.0)
    assert schedule.share(0.5) == pytest.approx(0.05)
    schedule.done("read")
    assert schedule.share(1.0) == pytest.approx(0.1)
    assert schedule.seconds_left(1.0) == pytest.approx(9)
    schedule.begin("unwrap", 1.0)
    assert schedule.share(1000.0) < 1
    schedule.done("unwrap")
    assert schedule.share(1000.0) == 1
    assert schedule.seconds_left(1000.0) == 0


def test_steps_that_run_side_by_side_take_less_time() -> None:
    schedule = Eta()
    schedule.plan([("unwrap phone", 4.0), ("unwrap desktop", 6.0)])
    schedule.begin("unwrap phone", 0.0)
    schedule.begin("unwrap desktop", 0.0)
    assert schedule.seconds_left(0.0) == pytest.approx(5)


def test_no_time_is_promised_while_one_is_unknown() -> None:
    schedule = Eta()
    schedule.plan([("read", 1.0), ("bake", None)])
    assert schedule.seconds_left(0.0) is None
    schedule.begin("surprise", 0.0)
    schedule.done("surprise")
    assert 0 < schedule.share(0.0) < 1


def test_no_time_is_promised_while_steps_take_much_longer_than_last_time() -> None:
    schedule = Eta()
    schedule.plan([("read", 10.0), ("clean", 10.0), ("bake", 80.0)])
    schedule.begin("read", 0.0)
    assert schedule.seconds_left(0.0) == pytest.approx(100)
    schedule.done("read", 10.0)
    assert schedule.seconds_left(10.0) == pytest.approx(90)
    schedule.begin("clean", 10.0)
    assert schedule.seconds_left(70.0) is None
    schedule.done("clean", 70.0)
    assert schedule.seconds_left(80.0) is None


def test_a_machine_of_half_the_speed_doubles_the_time() -> None:
    schedule = Eta()
    schedule.plan([(f"step {number}", 10.0) for number in range(10)])
    for number in range(5):
        schedule.done(f"step {number}", 20.0)
    left = schedule.seconds_left(100.0)
    assert left is not None
    assert 75 < left <= 100  # as last time it would be 50


def test_what_was_in_the_cache_says_nothing_of_the_pace() -> None:
    schedule = Eta()
    schedule.plan([("read", 10.0), ("bake", 80.0)])
    schedule.done("read")
    assert schedule.seconds_left(0.0) == pytest.approx(80)


def test_a_batch_waits_for_a_quarter_of_its_work() -> None:
    batch = BatchEta(dict.fromkeys("abcdef", 10 * MB), 0.0)
    for name in "ab":
        batch.begin(name, 0.0)
    assert batch.seconds_left(30.0, {"a": 0.05, "b": 0.05}) is None  # by its pace an hour
    batch.finish("a", 60.0)
    batch.finish("b", 60.0)
    assert batch.seconds_left(60.0, {}) == pytest.approx(120)


def test_a_batch_believes_the_scans_whose_times_are_known() -> None:
    batch = BatchEta({"a": 10 * MB, "b": 10 * MB}, 0.0)
    batch.begin("a", 0.0)
    assert batch.seconds_left(5.0, {"a": 0.1}, is_planned=True) is None
    assert batch.seconds_left(10.0, {"a": 0.2}, is_planned=True) == pytest.approx(90)
    assert batch.seconds_left(10.0, {"a": 0.2}, is_planned=False) is None


def test_scans_from_the_cache_do_not_make_the_others_look_fast() -> None:
    batch = BatchEta(dict.fromkeys("abcdef", 10 * MB), 0.0)
    for name in "abcde":
        batch.begin(name, 0.0)
        batch.finish(name, 0.4)
    batch.begin("f", 0.4)
    assert batch.seconds_left(1.0, {"f": 0.01}) is None
    assert batch.share({"f": 0.5}) == pytest.approx(5.5 / 6)
    assert batch.seconds_left(60.0, {"f": 0.5}, is_planned=True) == pytest.approx(60)

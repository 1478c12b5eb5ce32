"""Who guesses waits longer and longer; who is right does not."""

from __future__ import annotations

from carreau.desk.accounts import LONGEST_WAIT_S, Backoff

KEYS = {"login anne": 3, "address 1": 6}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_failure_after_the_free_ones_doubles_the_wait() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    assert [backoff.begin(KEYS) for _ in range(3)] == [0, 0, 0]
    waits = []
    for _ in range(12):
        waits.append(backoff.begin({"login anne": 3}))
        clock.now += waits[-1] + 0.1
        assert backoff.begin({"login anne": 3}) == 0
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT_S


def test_attempts_at_the_same_time_count_before_they_are_made() -> None:
    backoff = Backoff(Clock())
    assert sum(backoff.begin(KEYS) == 0 for _ in range(100)) == 3


def test_many_names_from_one_address_wait_too() -> None:
    backoff = Backoff(Clock())
    made = [backoff.begin({f"login {number}": 3, "address 1": 6}) for number in range(20)]
    assert made.count(0) == 6
    assert backoff.begin({"login x": 3, "address 2": 6}) == 0


def test_the_right_password_forgives_the_name_but_not_the_address() -> None:
    backoff = Backoff(Clock())
    for _ in range(50):  # somebody with an account of her own guesses at others in between
        if backoff.begin({"login own": 3, "address 1": 6}) == 0:
            backoff.succeed("login own", "address 1")
        backoff.begin({"login anne": 100, "address 1": 6})
    assert backoff.begin({"login anne": 100, "address 1": 6}) > 0
    assert backoff.begin({"login own": 3, "address 2": 6}) == 0


def test_failures_are_forgotten_after_an_hour() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    for _ in range(3):
        backoff.begin({"login anne": 3})
    assert backoff.begin({"login anne": 3}) > 0
    clock.now += 3700
    assert [backoff.begin({"login anne": 3}) for _ in range(3)] == [0, 0, 0]


def test_many_keys_do_not_fill_the_memory() -> None:
    backoff = Backoff(Clock())
    for number in range(10_050):
        backoff.begin({f"login {number}": 3})
    assert len(backoff._tries) == 10_000

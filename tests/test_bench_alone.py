"""The bench tells its own work from that of others, and counts the CPU of all it starts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tests.bench import alone
from tests.bench.processes import FailedError, run

SPIN = "import time; end = time.process_time() + {seconds}\nwhile time.process_time() < end: pass"


@contextmanager
def stranger() -> Iterator[None]:
    """Run a program that uses a core and is no child of this process."""
    spin = SPIN.format(seconds=30)
    start = (
        "import subprocess, sys; "
        f"print(subprocess.Popen([sys.executable, '-c', {spin!r}], stdout=subprocess.DEVNULL).pid)"
    )
    done = subprocess.run([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True, check=True)
    try:
        yield
    finally:
        os.kill(int(done.stdout), signal.SIGKILL)


def test_the_cpu_of_a_program_is_that_of_all_it_starts() -> None:
    spin = SPIN.format(seconds=0.4)
    made = run(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])\n{spin}"]
    )
    assert 0.8 <= made.cpu_seconds < 1.6
    assert made.took(0) == f"{made.seconds:.0f} s ({made.cpu_seconds:.0f} s of CPU)"


def test_a_program_that_fails_is_said() -> None:
    with pytest.raises(FailedError, match="no such thing"):
        run([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_what_this_process_starts_counts_as_its_own() -> None:
    own, machine = alone._own_s(), alone._machine_s()
    with subprocess.Popen([sys.executable, "-c", SPIN.format(seconds=1.2)]):
        pass
    assert alone._own_s() - own >= 1.1
    assert alone._machine_s() - machine >= 1.1


def test_what_others_use_beside_a_measurement_is_told() -> None:
    alone.most_beside()
    with stranger(), alone.watched("busy"):
        time.sleep(1.5)
    busy = alone.most_beside()
    assert busy.name == "busy"
    assert busy.cores > alone.MOST_CORES
    assert alone.most_beside() == alone.Beside("", 0.0)


def test_the_worst_of_several_counts_and_short_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    alone.most_beside()
    for name, used, lasted in (("calm", 0.1, 10.0), ("worst", 6.0, 10.0), ("short", 0.5, 0.5)):
        _stepping(monkeypatch, lasted, used)
        with alone.watched(name):
            pass
    worst = alone.most_beside()
    assert worst.name == "worst"
    assert worst.cores == pytest.approx(0.6)


def _stepping(monkeypatch: pytest.MonkeyPatch, lasted: float, used: float) -> None:
    """Let a measurement last so long, of which it uses 2 s itself and others some."""
    times, machine, own = iter([0.0, lasted]), iter([100.0, 102.0 + used]), iter([50.0, 52.0])
    monkeypatch.setattr(alone, "time", SimpleNamespace(monotonic=lambda: next(times)))
    monkeypatch.setattr(alone, "_machine_s", lambda: next(machine))
    monkeypatch.setattr(alone, "_own_s", lambda: next(own))

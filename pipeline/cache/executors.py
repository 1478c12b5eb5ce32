"""Have a step made, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.cache.limiter import ResourceLimiter
from pipeline.cache.memory_estimate import estimate_bytes
from pipeline.messages import Number, message

if TYPE_CHECKING:
    from pipeline.cache.store import Record
    from pipeline.cache.tasks import Task


class Executor(Protocol):
    """Whatever makes the values of steps; called from any thread, and by several at once.

    gate : how many steps may run at once, within how much memory
    """

    gate: ResourceLimiter

    def make(self, step: Task[Any]) -> Record:
        """Have a step's value made and kept, with what it needs, and return what that took."""

    def close(self) -> None:
        """Let go of all workers, without waiting for what they do."""


class InProcess:
    """Run each step in the thread that asks for it."""

    def __init__(self, gate: ResourceLimiter | None = None) -> None:
        """Run as many at once as a gate lets in; any number without one."""
        self.gate = gate or ResourceLimiter()

    def make(self, step: Task[Any]) -> Record:
        """Make what the step needs, wait for room, and run it."""
        arguments = step.arguments()
        record = admitted(self.gate, step, lambda: step.run(arguments))
        step.cache.timings.add(record)
        return record

    def close(self) -> None:
        """Leave nothing behind."""


def admitted(gate: ResourceLimiter, step: Task[Any], run: Callable[[], Record]) -> Record:
    """Run a step once a gate has room for it; what is larger than all there is runs alone, and that is said."""
    wanted, budget = 0, gate.budget_bytes
    if budget is not None:
        wanted = estimate_bytes(step)
        if wanted > budget:
            step.cache.note(
                message(
                    "warning: %(step)s may need %(size)s GB of memory, more than the available %(limit)s GB: it "
                    "runs alone",
                    step=step.label,
                    size=Number(wanted / 1e9, ".1f"),
                    limit=Number(budget / 1e9, ".1f"),
                )
            )
    with gate.room(wanted):
        step.cache.begin(step)
        return run()

"""Have steps made by other processes that see the same store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from pipeline.cache.executors import admitted
from pipeline.cache.limiter import ResourceLimiter
from pipeline.cache.store import Record
from pipeline.cache.tasks import MissingInputError, cache_not_shared
from pipeline.executors.jobs import Job, UnreachableScanError, serialize_job, ship

if TYPE_CHECKING:
    from pipeline.cache.cache import Cache
    from pipeline.cache.tasks import Task

_TRIES = 3


class Remote(ABC):
    """What processes of this machine and a cluster have in common."""

    def __init__(self, gate: ResourceLimiter) -> None:
        """Send as many at once as a gate lets out."""
        self.gate = gate

    def make(self, step: Task[Any]) -> Record:
        """Have what the step needs made, then the step itself; its values stay with the store."""
        for needed in step.needs:
            needed.keep()
        ticket = serialize_job(step)
        for _ in range(_TRIES):
            try:
                record = admitted(self.gate, step, lambda: self.send(ticket, step.cache))
            except MissingInputError:  # pruned, or gone bad: it is made again, or brought to where workers look
                for needed in step.needs:
                    needed.value()
                    step.cache.store.publish(needed.stage, needed.key)
            except UnreachableScanError:
                for files in step.all_files:
                    ship(files, step.cache)
            else:
                step.cache.timings.add(record)
                return record
        raise cache_not_shared(step.cache.root)

    @abstractmethod
    def send(self, ticket: Job, cache: Cache) -> Record:
        """Have a ticket made and return what that took; a worker that dies is replaced, and its ticket sent again."""

    @abstractmethod
    def close(self) -> None:
        """Let go of all workers, without waiting for what they do."""

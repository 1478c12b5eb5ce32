"""Make steps on the workers of a Dask cluster."""

from __future__ import annotations

import os
import secrets
from concurrent.futures import CancelledError
from typing import Any

import distributed

from pipeline.cache.cache import Cache
from pipeline.cache.limiter import ResourceLimiter
from pipeline.cache.store import Record
from pipeline.cores import VARIABLE
from pipeline.errors import ToolError
from pipeline.executors.jobs import Job, WorkerPlace, run_job
from pipeline.executors.remote import Remote
from pipeline.messages import message

ANSWER_S = 15
SHARE = 0.75
"""Of the memory its workers may take, by default; as on one machine."""


class Cluster(Remote):
    """A Dask scheduler with its workers, one step a worker at a time.

    Dask itself sends the step of a worker that died to another, three times by default
    (`distributed.scheduler.allowed-failures`).
    """

    def __init__(self, address: str, jobs: int | None = None, memory_bytes: int | None = None) -> None:
        """Connect to a scheduler.

        jobs : steps at once; one a worker by default
        memory_bytes : of all workers together; three quarters of what they may take by default
        Raises ToolError when none answers, or it has no worker.
        """
        self._address = address
        connect: Any = distributed.Client  # without types
        try:
            self._client = connect(address, timeout=ANSWER_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ToolError(
                message(
                    "--executor %(address)s: no Dask scheduler responds there (%(error)s); start one, or correct the "
                    "address",
                    address=address,
                    error=str(error),
                )
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=ANSWER_S)
        except TimeoutError as error:
            self._client.close()
            raise ToolError(
                message("--executor %(address)s: the scheduler has no workers; start `dask worker`", address=address)
            ) from error
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        limits = [int(worker["memory_limit"] or 0) for worker in workers]
        most = round(SHARE * sum(limits)) if all(limits) else None
        super().__init__(ResourceLimiter(jobs or len(limits), memory_bytes if memory_bytes is not None else most))

    def send(self, ticket: Job, cache: Cache) -> Record:
        """Make a ticket on a worker; see `Remote.send`.

        Raises ToolError when one worker after the other died of it, or the scheduler is gone.
        """
        place = WorkerPlace(None, cache.store.url) if cache.store.url else WorkerPlace(cache.root.absolute())
        # A key of its own: a step that failed on a worker is not remembered as failed.
        key = f"{ticket.label.replace(' ', '-')}-{secrets.token_hex(8)}"
        future = self._client.submit(make_there, ticket, place, key=key, pure=False)
        try:
            record: Record = future.result()
        except distributed.KilledWorker as error:
            raise ToolError(
                message(
                    "%(step)s: several workers crashed while running it; if memory ran out, give them more",
                    step=ticket.label,
                )
            ) from error
        except ModuleNotFoundError as error:
            raise ToolError(
                message("a worker cannot run Carreau (%(error)s); install the same version there", error=str(error))
            ) from error
        except CancelledError as error:
            raise ToolError(
                message(
                    "%(step)s: the connection to the Dask scheduler at %(address)s was lost; run again",
                    step=ticket.label,
                    address=self._address,
                )
            ) from error
        return record

    def close(self) -> None:
        """Leave the scheduler; what runs is given up."""
        self._client.close(timeout=2)


def make_there(ticket: Job, place: WorkerPlace) -> Record:
    """Make a ticket in a worker of the cluster, with as many threads as Dask gave that worker."""
    worker = distributed.get_worker()
    if worker.nanny is not None:  # a process of its own, and not one of ours that plays cluster
        os.environ.setdefault(VARIABLE, str(worker.state.nthreads))
    return run_job(ticket, place)

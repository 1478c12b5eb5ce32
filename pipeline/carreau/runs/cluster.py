"""Run tasks on the workers of a Dask cluster."""

from __future__ import annotations

import os
import secrets
from concurrent.futures import CancelledError
from typing import Any

import distributed

from carreau.base.errors import ToolError
from carreau.base.messages import message
from carreau.base.process import VARIABLE, keep_one_blas_thread
from carreau.runs.remote import Job, RemoteExecutor, WorkerPlace, run_job
from carreau.runs.scheduler import ResourceLimiter
from carreau.runs.store import Record
from carreau.runs.tasks import TaskContext

ANSWER_S = 15
SHARE = 0.75
"""Default share of the memory of the workers, as on one machine."""


class Cluster(RemoteExecutor):
    """A Dask scheduler with its workers, which run one task at a time each.

    Dask itself sends the task of a worker that died to another, three times by default
    (`distributed.scheduler.allowed-failures`).
    """

    def __init__(self, address: str, jobs: int | None = None, memory_bytes: int | None = None) -> None:
        """Connect to a scheduler.

        jobs : tasks in parallel; one a worker by default
        memory_bytes : of all workers together; three quarters of their limits by default
        Raises ToolError when no scheduler responds, or it has no worker.
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
        limit_bytes = round(SHARE * sum(limits)) if all(limits) else None
        super().__init__(
            ResourceLimiter(jobs or len(limits), memory_bytes if memory_bytes is not None else limit_bytes)
        )

    def send(self, job: Job, cache: TaskContext) -> Record:
        """Run a job on a worker; see `Remote.send`.

        Raises ToolError when several workers died while running it, or the scheduler is gone.
        """
        place = WorkerPlace(None, cache.store.url) if cache.store.url else WorkerPlace(cache.root.absolute())
        # A new key each time: Dask would remember a failed one.
        key = f"{job.label.replace(' ', '-')}-{secrets.token_hex(8)}"
        future = self._client.submit(run_on_worker, job, place, key=key, pure=False)
        try:
            record: Record = future.result()
        except distributed.KilledWorker as error:
            raise ToolError(
                message(
                    "%(step)s: several workers crashed while running it; if memory ran out, give them more",
                    step=job.label,
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
                    step=job.label,
                    address=self._address,
                )
            ) from error
        return record

    def close(self) -> None:
        """Disconnect from the scheduler, which cancels running tasks."""
        self._client.close(timeout=2)


def run_on_worker(job: Job, place: WorkerPlace) -> Record:
    """Run a job in a worker of the cluster, with as many threads as Dask gave that worker."""
    keep_one_blas_thread()
    worker = distributed.get_worker()
    if worker.nanny is not None:  # a process of its own, not a thread of a test's cluster
        os.environ.setdefault(VARIABLE, str(worker.state.nthreads))
    return run_job(job, place)

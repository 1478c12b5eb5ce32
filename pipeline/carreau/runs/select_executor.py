"""Select the executor: this process, a process pool, or a Dask cluster, and run tasks on the workers of one."""

from __future__ import annotations

import importlib.util
import os
import secrets
from concurrent.futures import CancelledError
from typing import Any

from carreau.base.errors import OptionError, ToolError
from carreau.base.messages import message
from carreau.base.options import check_jobs
from carreau.base.process import VARIABLE, cores, keep_one_blas_thread, limit_run
from carreau.base.tools import CLUSTER, install
from carreau.runs.cache import parse_size
from carreau.runs.memory import machine_bytes, resident_bytes
from carreau.runs.remote import Job, Processes, RemoteExecutor, WorkerPlace, run_job
from carreau.runs.scheduler import Executor, InProcess, ResourceLimiter
from carreau.runs.store import Record
from carreau.runs.tasks import TaskContext

SHARE = 0.75
"""Default share of the memory; the rest is for the system, its file cache and other programs."""

PROCESS_BYTES = 500_000_000
"""Memory of a process between two tasks: 350 MB with its libraries at first, 850 MB after many, most of it mapped."""


def select_executor(where: str = "", jobs: int | None = None, memory: str | None = None) -> Executor:
    """Return the executor.

    where : empty for this process, "processes", or the address of a Dask scheduler, such as tcp://host:8786
    jobs : tasks that may run in parallel; one for each processor, or worker, by default
    memory : that they may use together, such as 6G
    Raises OptionError for invalid arguments, ToolError when no scheduler responds.
    """
    if jobs is not None:
        check_jobs(jobs)
    memory_bytes = parse_size("--memory", memory)
    if memory_bytes is not None and memory_bytes < 1:
        raise OptionError(message("--memory: '%(size)s' is zero; give a size such as 6G", size=str(memory)))
    if "://" in where:
        if importlib.util.find_spec("distributed") is None:
            raise OptionError(
                message(
                    "--executor %(address)s: support for Dask clusters is not installed; %(cure)s",
                    address=where,
                    cure=install(CLUSTER),
                )
            )
        return Cluster(where, jobs, memory_bytes)
    limit_run(memory_bytes if memory_bytes is not None else _usual_bytes())
    count = jobs or cores()
    if where == "processes":
        return Processes(_limiter(count, memory_bytes, count + 1))
    if where:
        raise OptionError(
            message(
                "--executor: '%(name)s' is unknown; use processes, or an address such as tcp://host:8786", name=where
            )
        )
    return InProcess(_limiter(count, memory_bytes, 1))


def _limiter(slots: int, memory_bytes: int | None, processes: int) -> ResourceLimiter:
    base_bytes = processes * PROCESS_BYTES
    return ResourceLimiter(slots, budget_bytes(memory_bytes, processes), lambda: resident_bytes() - base_bytes)


def budget_bytes(limit_bytes: int | None, processes: int) -> int | None:
    """Return the memory for tasks: the limit, else a share of the machine's, minus the base use of the processes."""
    if limit_bytes is None:
        limit_bytes = _usual_bytes()
    if limit_bytes is None:
        return None
    return max(limit_bytes - processes * PROCESS_BYTES, 1)


def _usual_bytes() -> int | None:
    """Return the default memory of a run without a limit; None if the memory of the machine is unknown."""
    total_bytes = machine_bytes()
    return round(total_bytes * SHARE) if total_bytes else None


ANSWER_S = 15
CLUSTER_SHARE = 0.75
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
        import distributed

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
        limit_bytes = round(CLUSTER_SHARE * sum(limits)) if all(limits) else None
        super().__init__(
            ResourceLimiter(jobs or len(limits), memory_bytes if memory_bytes is not None else limit_bytes)
        )

    def send(self, job: Job, cache: TaskContext) -> Record:
        """Run a job on a worker; see `RemoteExecutor.send`.

        Raises ToolError when several workers died while running it, or the scheduler is gone.
        """
        import distributed

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
    import distributed

    keep_one_blas_thread()
    worker = distributed.get_worker()
    if worker.nanny is not None:  # a process of its own, not a thread of a test's cluster
        os.environ.setdefault(VARIABLE, str(worker.state.nthreads))
    return run_job(job, place)

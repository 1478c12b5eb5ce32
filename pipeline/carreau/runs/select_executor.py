"""Select the executor: this process, a process pool, or a Dask cluster."""

from __future__ import annotations

from carreau.base.errors import OptionError
from carreau.base.extras import CLUSTER, install
from carreau.base.messages import message
from carreau.base.options import check_jobs
from carreau.base.process import cores, limit_run
from carreau.runs.eviction import parse_size
from carreau.runs.memory import machine_bytes, resident_bytes
from carreau.runs.scheduler import Executor, InProcess, ResourceLimiter

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
        try:
            from carreau.runs.cluster import Cluster
        except ImportError as error:
            raise OptionError(
                message(
                    "--executor %(address)s: support for Dask clusters is not installed; %(cure)s",
                    address=where,
                    cure=install(CLUSTER),
                )
            ) from error
        return Cluster(where, jobs, memory_bytes)
    limit_run(memory_bytes if memory_bytes is not None else _usual_bytes())
    count = jobs or cores()
    if where == "processes":
        from carreau.runs.remote import Processes

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
    """Return the memory of a run that nobody gave a limit; None where the machine does not tell its own."""
    total_bytes = machine_bytes()
    return round(total_bytes * SHARE) if total_bytes else None

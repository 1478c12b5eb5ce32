"""Choose who makes the steps: this process, processes beside it, or a cluster."""

from __future__ import annotations

from pipeline.cache.executors import Executor, InProcess
from pipeline.cache.limiter import ResourceLimiter
from pipeline.cache.memory import machine_bytes
from pipeline.cache.prune import parse_size
from pipeline.cores import cores
from pipeline.errors import OptionError
from pipeline.messages import message
from pipeline.options import check_jobs

SHARE = 0.75
"""Of the memory there is, by default; the rest is for the system, its file cache and the programs beside us."""

PROCESS_BYTES = 500_000_000
"""What a process holds between two steps, libraries loaded: 350 MB at first, 850 MB after many, most of it mapped."""


def select_executor(where: str = "", jobs: int | None = None, memory: str | None = None) -> Executor:
    """Return who makes the steps.

    where : empty for this process, "processes", or the address of a Dask scheduler, such as tcp://host:8786
    jobs : how many steps may run at once; as many as there are processors, or workers, by default
    memory : what they may hold together, such as 6G
    Raises OptionError for what makes no sense, ToolError when no scheduler answers.
    """
    if jobs is not None:
        check_jobs(jobs)
    said = parse_size("--memory", memory)
    if said is not None and said < 1:
        raise OptionError(message("--memory: '%(size)s' is zero; give a size such as 6G", size=str(memory)))
    if "://" in where:
        try:
            from pipeline.executors.cluster import Cluster
        except ImportError as error:
            cure = "pip install 'carreau[cluster]'"
            raise OptionError(
                message(
                    "--executor %(address)s: support for Dask clusters is not installed; %(cure)s",
                    address=where,
                    cure=cure,
                )
            ) from error
        return Cluster(where, jobs, said)
    count = jobs or cores()
    if where == "processes":
        from pipeline.executors.processes import Processes

        return Processes(ResourceLimiter(count, budget_bytes(said, count + 1)))
    if where:
        raise OptionError(
            message(
                "--executor: '%(name)s' is unknown; use processes, or an address such as tcp://host:8786", name=where
            )
        )
    return InProcess(ResourceLimiter(count, budget_bytes(said, 1)))


def budget_bytes(said: int | None, processes: int) -> int | None:
    """Return what steps may take: of what was said, or of what there is, all but what the processes hold anyway."""
    whole = machine_bytes()
    most = said if said is not None else round(whole * SHARE) if whole else None
    return None if most is None else max(most - processes * PROCESS_BYTES, 1)

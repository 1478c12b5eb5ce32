"""Scripts of Node.js are started once for many questions, end with what started them, and are never waited for long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from carreau.base.errors import ToolError
from carreau.base.tools import LARGE_BYTES, ask_script, stop_scripts
from carreau.models.stages.check import validate
from tests.waiting import wait_until

SCRIPT = """
let all = Buffer.alloc(0)
for await (const chunk of process.stdin) {
  all = Buffer.concat([all, chunk])
  while (all.length >= 4 && all.length >= 4 + all.readUInt32LE(0)) {
    const question = all.subarray(4, 4 + all.readUInt32LE(0))
    all = all.subarray(4 + question.length)
    const text = question.subarray(0, 9).toString()
    if (text === 'die') process.stderr.write('it was told to\\n', () => process.exit(1))
    if (text === 'die') await new Promise(() => {})
    if (text === 'wait') await new Promise((done) => setTimeout(done, 60_000))
    const answer = Buffer.from(`${process.pid} ${question.length}`)
    const size = Buffer.alloc(4)
    size.writeUInt32LE(answer.length)
    process.stdout.write(Buffer.concat([size, answer]))
  }
}
"""


@pytest.fixture
def script(tmp_path: Path) -> Iterator[str]:
    """Write a script that answers its process and the length of the question."""
    path = tmp_path / "echo.mjs"
    path.write_text(SCRIPT, "utf-8")
    yield str(path)
    stop_scripts()


def pid_of(script: str, data: bytes = b"hello") -> int:
    pid, length = ask_script(script, data=data).split()
    assert int(length) == len(data)
    return int(pid)


def test_one_process_answers_all_questions_in_turn(script: str) -> None:
    first = pid_of(script)
    assert {pid_of(script, bytes(length)) for length in (0, 1, 70_000, 5_000_000)} == {first}
    stop_scripts()
    assert not Path(f"/proc/{first}").exists()
    assert pid_of(script) != first


def test_a_script_that_was_asked_about_a_large_model_gives_its_memory_back(script: str) -> None:
    first = pid_of(script)
    assert pid_of(script, bytes(LARGE_BYTES + 1)) == first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert pid_of(script) != first


def test_threads_that_ask_at_one_time_do_not_wait_for_each_other(script: str) -> None:
    together = Barrier(2)

    def ask(_: int) -> int:
        together.wait(10)
        return pid_of(script, bytes(20_000_000))

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(ask, range(2)))) == 2


def test_a_script_that_does_not_answer_is_ended_and_the_next_question_answered(script: str) -> None:
    first, started = pid_of(script), time.monotonic()
    with pytest.raises(ToolError, match=r"no answer within 0.5 s"):
        ask_script(script, data=b"wait", longest_s=0.5)
    assert time.monotonic() - started < 20
    assert not Path(f"/proc/{first}").exists()
    assert pid_of(script) != first


def test_a_script_that_ends_is_a_tool_error_with_its_reason(script: str) -> None:
    with pytest.raises(ToolError, match=r"echo\.mjs failed: it was told to;"):
        ask_script(script, data=b"die")
    assert pid_of(script) > 0


def test_a_script_that_was_ended_while_it_waited_is_started_again(script: str) -> None:
    first = pid_of(script)
    os.kill(first, signal.SIGKILL)
    # The first thread may have ended before the others, which is no end of the process yet.
    wait_until(lambda: Path(f"/proc/{first}/stat").read_text().split()[2] == "Z", "it is ended")
    wait_until(lambda: len(list(Path(f"/proc/{first}/task").iterdir())) == 1, "its threads are ended")
    assert pid_of(script) != first


def test_scripts_end_with_a_process_that_is_killed(script: str) -> None:
    code = (
        "import os, signal, sys; from carreau.base.tools import LARGE_BYTES, ask_script; "
        "print(ask_script(sys.argv[1], data=b'hello').split()[0].decode(), flush=True); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    wait_until(lambda: not Path(f"/proc/{int(done.stdout)}").exists(), "the script ends")


def test_a_missing_module_is_a_tool_error() -> None:
    with pytest.raises(ToolError, match=r"validate\.mjs failed: Error: Cannot find module '/no/such/module'"):
        ask_script("validate.mjs", "/no/such/module", data=b"glTF")


def test_the_validator_answers_again_after_a_file_that_it_refuses() -> None:
    assert validate(b"glTF" + bytes(100))
    assert validate(b"glTF" + bytes(200_000))

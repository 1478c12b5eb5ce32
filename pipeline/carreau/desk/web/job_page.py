"""What runs beside the desk: how far it is, and a way to stop it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, RedirectResponse, Response

from carreau.base.messages import Message, message
from carreau.desk.jobs import Job, JobProgress
from carreau.desk.web.rendering import translator
from carreau.desk.web.requests import EditorNow, FormNow, PublishingNow
from carreau.runs.progress import time_left

router = APIRouter(prefix="/jobs")


@router.get("/now")
def now(publishing: PublishingNow, session: EditorNow) -> Response:
    """Return how far the job is, for the script of the page."""
    job = publishing.jobs.last
    return JSONResponse(shown(job, session.language) if job else {})


@router.post("/stop")
def stop(publishing: PublishingNow, _: EditorNow, fields: FormNow) -> Response:
    """Stop the job of a page, unless it has ended."""
    number, job = fields.get("job", ""), publishing.jobs.last
    if number.isdecimal() and len(number) < 10:
        publishing.jobs.stop(int(number))
    return RedirectResponse(page_of(job) if job else "/publish", HTTPStatus.SEE_OTHER)


def page_of(job: Job) -> str:
    """Return the page that a job was begun at."""
    return "/publish" if job.kind == "draft" else f"/scans/{job.subject}"


def shown(job: Job, language: str) -> dict[str, Any]:
    """Return a job for a page and its script, in the language of the reader.

    `line` is the last line of its command, in the language of the person who began it: for failures.
    """
    progress, words = job.current(), translator(language)
    doing = [words.message(each) if isinstance(each, Message) else words.step(each) for each in progress.doing]
    left = [words.message(time_left(progress.seconds_left))] if progress.seconds_left else []
    has_begun = progress != JobProgress()
    return {
        "number": job.number, "kind": job.kind, "subject": job.subject, "state": job.state, "line": job.line,
        "share": progress.share if has_begun else None, "percent": words.percent(progress.share) if has_begun else "",
        "status": " · ".join([*doing, *left]) if has_begun else words.message(message("starting")),
    }  # fmt: skip

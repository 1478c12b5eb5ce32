"""What runs beside the desk: how far it is, and a way to stop it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, RedirectResponse, Response

from pipeline.desk.jobs import Job
from pipeline.desk.web.requests import EditorNow, FormNow, PublishingNow

router = APIRouter(prefix="/jobs")


@router.get("/now")
def now(publishing: PublishingNow, _: EditorNow) -> Response:
    """Return how far the job is, for the script of the page."""
    job = publishing.jobs.last
    return JSONResponse(shown(job) if job else {})


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


def shown(job: Job) -> dict[str, Any]:
    """Return a job for a page and its script."""
    counted = job.counted
    return {
        "number": job.number, "kind": job.kind, "subject": job.subject, "state": job.state, "line": job.line,
        "done": counted[0] if counted else None, "of": counted[1] if counted else None,
    }  # fmt: skip

"""Make the app that answers from a bundle."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from server.current import begun
from server.desk import Desk
from server.front import Front
from server.problems import add_handlers
from server.routes import catalogue, files, health, models, oembed, ogc, pages, routes, search, sites
from server.said import Said
from server.settings import Settings

_SUMMARY = "Sites of mining heritage: models, texts, itineraries, in five languages. Everything is read-only."


def create_app(settings: Settings) -> FastAPI:
    """Return an app over a bundle; raises RottenError when there is none, or no sound one."""
    current, said = begun(settings), Said()
    desk = Desk(settings, current)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(current.watch()), asyncio.create_task(desk.log.keep_flushing())
        yield
        for task in running:
            task.cancel()
        desk.log.flush()

    app = FastAPI(
        title="Carreau",
        version="1",
        summary=_SUMMARY,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.current, app.state.said, app.state.desk = current, said, desk
    for room in (files, models, sites, routes, catalogue, search, oembed, ogc, health, pages):
        app.include_router(room.router)
    add_handlers(app, said)
    app.add_middleware(Front, desk=desk, said=said)
    return app

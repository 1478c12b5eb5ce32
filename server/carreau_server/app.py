"""Create the app that answers from a bundle."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import ModuleType

from fastapi import FastAPI

from carreau_server.http.app_state import AppState
from carreau_server.http.middleware import RequestMiddleware
from carreau_server.http.problems import add_exception_handlers
from carreau_server.http.response_cache import CacheMiddleware
from carreau_server.openapi import operation_id
from carreau_server.routes import (
    catalogue,
    files,
    health,
    identifiers,
    models,
    oembed,
    ogc,
    pages,
    problems,
    routes,
    search,
    sites,
    trails,
)
from carreau_server.settings import Settings

ROUTE_GROUPS: tuple[ModuleType, ...] = (
    files,
    models,
    sites,
    routes,
    trails,
    catalogue,
    search,
    oembed,
    ogc,
    problems,
    identifiers,
    health,
    pages,
)
"""Modules with a `router`; the pages come last, because they answer any path."""

_SUMMARY = "Mining heritage sites: models, texts and routes in five languages. Read-only."


def create_app(settings: Settings) -> FastAPI:
    """Return an app over a bundle; raises CorruptBundleError if it is damaged or missing."""
    state = AppState(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks = asyncio.create_task(state.releases.watch()), asyncio.create_task(state.log.keep_flushing())
        yield
        for task in tasks:
            task.cancel()
        state.log.flush()

    app = FastAPI(
        title="Carreau",
        version="1",
        summary=_SUMMARY,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        # Searches and positions are nobody's but the visitor's; to ask for each request took a quarter of its time.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.app_state = state
    for module in ROUTE_GROUPS:
        app.include_router(module.router)
    add_exception_handlers(app, state.messages)
    # The last one added is the outermost.
    app.add_middleware(CacheMiddleware, max_bytes=settings.cache_bytes)
    app.add_middleware(RequestMiddleware, state=state)
    return app

"""The application: middleware, outermost first, then the routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from . import config
from .db import engine
from .errors import add_handlers
from .middleware import Edge
from .routes import router


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(
    title="radio, in FastAPI and SQLAlchemy",
    lifespan=_lifespan,
    middleware=[
        Middleware(Edge),
        Middleware(CORSMiddleware, allow_origins=[config.CORS_ORIGIN], allow_credentials=True),
        # Level 6 as in the other peers; starlette's default of 9 costs more and saves little.
        Middleware(GZipMiddleware, minimum_size=1024, compresslevel=6),
    ],
)
app.include_router(router)
add_handlers(app)

"""The engine and the session of a request.

Reads need no transaction: in AUTOCOMMIT they spare BEGIN and ROLLBACK, two of three round trips to the database.
asyncpg connects from the whole connection string, because SQLAlchemy's own URL has no form for a Unix socket.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import asyncpg
from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from . import config


async def _connect() -> Any:
    return await asyncpg.connect(
        config.DATABASE_URL, server_settings={"search_path": f"{config.DATABASE_SCHEMA},public"}
    )


engine = create_async_engine(
    "postgresql+asyncpg://",
    async_creator=_connect,
    pool_size=config.POOL_SIZE,
    max_overflow=0,
    pool_use_lifo=True,
    isolation_level="AUTOCOMMIT",
)
_sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


async def _session() -> AsyncIterator[AsyncSession]:
    async with _sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(_session)]

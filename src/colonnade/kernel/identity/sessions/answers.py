"""What a product answers when a session was opened, by whichever way of signing in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from colonnade.kernel.db import Database
from colonnade.kernel.identity.sessions.schemas import LoggedIn

__all__ = ["SessionAnswer", "session_itself"]

SessionAnswer = Callable[[Database, LoggedIn], Awaitable[Any]]
"""Makes the product's answer of a session; its annotated return type, a Struct, is shown in the API description."""


async def session_itself(db: Database, session: LoggedIn) -> LoggedIn:
    """Return the session as the kernel describes it."""
    return session

"""Who calls: the bearer's signature, then the session and the account behind it, at every request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends, Header
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from . import config
from .db import Session
from .errors import Problem
from .models import AccountSession, User

_REFUSED = (401, "UNAUTHORIZED", "Please sign in")


def _verified(authorization: str) -> tuple[UUID, str]:
    """Return session id and subject of a bearer's token. Raise Problem."""
    scheme, _, token = authorization.partition(" ")
    if scheme != "Bearer":
        raise Problem(*_REFUSED)
    try:
        found = jwt.decode_complete(
            token,
            config.JWT_SECRET,
            algorithms=["HS256"],
            issuer="colonnade",
            audience=config.JWT_AUDIENCE,
            options={"require": ["exp", "sub", "sid"]},
        )
        if found["header"].get("typ") != "access+jwt":
            raise Problem(*_REFUSED)
        return UUID(found["payload"]["sid"]), found["payload"]["sub"]
    except (jwt.InvalidTokenError, ValueError):
        raise Problem(*_REFUSED) from None


async def _caller(session: Session, authorization: Annotated[str | None, Header()] = None) -> User | None:
    """Return the caller, or None without a bearer: nobody needs one here, but a wrong one is refused."""
    if authorization is None:
        return None
    session_id, subject = _verified(authorization)
    found = await session.scalar(
        select(AccountSession)
        .options(joinedload(AccountSession.user, innerjoin=True))
        .where(AccountSession.id == session_id)
    )
    if found is None or found.revoked_at is not None or found.expires_at <= datetime.now(UTC):
        raise Problem(*_REFUSED)
    if not found.user.is_active or str(found.user.id) != subject:
        raise Problem(*_REFUSED)
    return found.user


Caller = Annotated[User | None, Depends(_caller)]

"""How each peer is started; `peer.py` installs and builds them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness import peer, settings
from harness.database import Dataset
from harness.servers import ServerSpec
from harness.wanted import FASTAPI, FASTIFY, LIMIT, PEER_TUNED, PEERS

_UVICORN = ("--host", settings.HOST, "--port", "{port}", "--loop", "uvloop", "--http", "httptools")
_QUIET = ("--no-access-log", "--log-level", "warning")


def ports(names: Iterable[str]) -> dict[str, int]:
    """Return the port of each of `names`, after ours, in the order of PEERS."""
    wanted = set(names)
    return {
        name: settings.PEER_PORT + number
        for number, name in enumerate(name for name in PEERS if name in wanted)
    }


def spec_of(
    name: str,
    port: int,
    dataset: Dataset,
    *,
    audience: str,
    extra: Mapping[str, str],
    list_content: bool = True,
) -> ServerSpec:
    """Return the specification of the peer `name` on `dataset`, which accepts access tokens of product `audience`.

    `extra` are settings that replace ours; `list_content` says whether lists have the articles' bodies (Express).
    """
    environment = {
        "PORT": str(port),
        "DATABASE_URL": dataset.dsn,
        "DATABASE_SCHEMA": dataset.peer_schema,
        "DB_POOL_SIZE": str(settings.POOL_SIZE),
        "RATE_LIMIT_GLOBAL": str(settings.RATE_LIMIT),
        "JWT_SECRET": settings.JWT_SECRET,
        "JWT_AUDIENCE": audience,
    }
    command, folder, own = _program(name, list_content=list_content)
    return ServerSpec(name, command, port, folder, environment | own | dict(extra))


def _program(name: str, *, list_content: bool) -> tuple[tuple[str, ...], Path, dict[str, str]]:
    """Return a peer's command, its folder and the settings that no other peer has."""
    if name == FASTIFY:
        return ("node", "src/server.js"), settings.FASTIFY, {"NODE_ENV": "production"}
    if name == FASTAPI:
        return (
            (str(peer.fastapi_python()), "-m", "uvicorn", "app.main:app", *_UVICORN, *_QUIET),
            settings.FASTAPI,
            {},
        )
    if name == LIMIT:
        return (sys.executable, "-m", "uvicorn", "app:app", *_UVICORN, *_QUIET), settings.BARE, {}
    tuned = name == PEER_TUNED
    return (
        ("node", "dist/server.mjs"),
        settings.EXPRESS,
        {
            "NODE_ENV": "production",
            "SEARCH": "tsquery" if tuned else "contains",
            "RELATIONS": "join" if tuned else "query",
            "REFRESH": "raw" if tuned else "model",
            "LIST_CONTENT": "on" if list_content else "off",
        },
    )

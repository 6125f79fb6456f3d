"""Paths, ports and the commands that start the servers. Constants and environment only, no work."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
import tempfile
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
REPOSITORY = BENCH.parent
EXPRESS = BENCH / "peers" / "express-prisma"
FASTIFY = BENCH / "peers" / "fastify-pg"
FASTAPI = BENCH / "peers" / "fastapi-sqlalchemy"
BARE = BENCH / "peers" / "bare-asgi"
LUA = BENCH / "harness" / "lua"
RESULTS_PAGE = BENCH / "RESULTS.md"
CURVES_CHART = BENCH / "curves.svg"

# Outside the repository and outside any home directory: as root, the embedded PostgreSQL runs as another user
# that must be able to enter every parent directory of its data.
HOME = Path(
    os.environ.get("COLONNADE_BENCH_HOME", Path(tempfile.gettempdir()) / f"colonnade-bench-{os.getuid()}")
)
RESULTS = HOME / "results"

HOST = "127.0.0.1"
CONNECTIONS = 32
POOL_SIZE = 10
RATE_LIMIT = 1_000_000_000
# Both servers sign with it, so that the harness can verify their tokens.
JWT_SECRET = secrets.token_hex(32)
# Our server's port; each peer has one of the next.
OUR_PORT = int(os.environ.get("COLONNADE_BENCH_PORT", "3300"))
PEER_PORT = OUR_PORT + 1

# The command that starts our server; `{port}` is filled in. COLONNADE_BENCH_COMMAND replaces it (a stand-in,
# another build); it runs in the same environment. COLONNADE_BENCH_MIGRATE replaces the migration likewise.
_COLONNADE = str(Path(sys.executable).parent / "colonnade")
OUR_COMMAND: tuple[str, ...] = tuple(
    shlex.split(
        os.environ.get(
            "COLONNADE_BENCH_COMMAND",
            f"{shlex.quote(_COLONNADE)} up radio --port {{port}} --no-demo",
        )
    )
)
DEALROOM_COMMAND: tuple[str, ...] = (_COLONNADE, "up", "dealroom", "--port", "{port}", "--no-demo")
DEALROOM_MIGRATE: tuple[str, ...] = (_COLONNADE, "migrate", "dealroom")
REPLACED = "COLONNADE_BENCH_COMMAND" in os.environ
OUR_MIGRATE: tuple[str, ...] = tuple(
    shlex.split(os.environ.get("COLONNADE_BENCH_MIGRATE", f"{shlex.quote(_COLONNADE)} migrate radio"))
)
# The first start of a newcomer: with demonstration data.
OUR_FIRST_START: tuple[str, ...] = tuple(word for word in OUR_COMMAND if word != "--no-demo")
READY_PATH = "/health/ready"

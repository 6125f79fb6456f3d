"""A command, and a server of one process, import no library that they have no use for."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHOW = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"


def imported_by(code: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has imported after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{SHOW}"], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


NOT_FOR_ONE_PROCESS = {"redis", "valkey", "hiredis", "requests", "urllib3", "opentelemetry"}


@pytest.mark.parametrize("product", ["radio", "dealroom"])
def test_a_server_of_one_process_imports_no_client_of_redis(product: str) -> None:
    found = imported_by(f"import colonnade.app.server, colonnade.products.{product}.product")
    assert {"socketio", "asyncpg"} <= found
    assert found & NOT_FOR_ONE_PROCESS == set()


def test_a_client_of_redis_is_imported_when_it_is_opened() -> None:
    code = (
        "import colonnade.kernel.realtime\n"
        "from colonnade.kernel.core.redis import open_redis\n"
        "open_redis('redis://localhost')"
    )
    assert "redis" in imported_by(code)

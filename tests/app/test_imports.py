"""A command, and a server of one process, import no library that they have no use for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

SHOW = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"


def imported_by(code: str, **environment: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has imported after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{SHOW}"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.splitlines()[-1].split())


def imported_by_command(*arguments: str, **environment: str) -> set[str]:
    """Return the top-level packages that a command has imported when it ends, successfully."""
    code = (
        "import sys\n"
        "from colonnade.app.cli import main\n"
        f"sys.argv = ['colonnade', *{arguments!r}]\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code"
    )
    return imported_by(code, **environment)


WEB = {
    "anyio",
    "engineio",
    "httptools",
    "socketio",
    "starlette",
    "uvicorn",
    "uvloop",
    "websockets",
}
PARTS = {
    *(
        "argon2",
        "bcrypt",
        "httpcore",
        "httpx",
        "jinja2",
        "jwt",
        "nh3",
        "obstore",
        "phonenumbers",
        "pwdlib",
        "pyotp",
    ),
    *("pyvips", "stamina", "webauthn"),
}
"""What routes and jobs work with."""


def test_version_imports_nothing_of_a_server() -> None:
    found = imported_by_command("version")
    assert (
        found & {*WEB, *PARTS, *NOT_FOR_ONE_PROCESS, "asyncpg", "cryptography", "prometheus_client", "rich"}
        == set()
    )


async def test_migrate_imports_the_database_alone(fresh_database: Callable[..., Awaitable[str]]) -> None:
    """It reads of a product where its migrations are, and loads none of its slices."""
    dsn = await fresh_database()
    for _ in ("with revisions to apply", "with none"):
        found = imported_by_command("migrate", "radio", RADIO_DATABASE_URL=dsn)
        assert "asyncpg" in found
        assert found & {*WEB, *PARTS, *NOT_FOR_ONE_PROCESS} == set()


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


def test_a_command_with_a_product_loads_no_other() -> None:
    other = "colonnade.products.dealroom.product"
    code = "import sys\nfrom colonnade.app.cli.common import find_products, read_settings\n"
    imported_by(f"{code}find_products([])\nassert {other!r} in sys.modules")
    imported_by(f"{code}read_settings('radio')\nassert {other!r} not in sys.modules")

"""Fixtures of the real command: installations, databases, and what tests ask of the servers it starts."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from colonnade.app.compose import load_product
from colonnade.app.migration import migrate_database
from colonnade.kernel.testing import NO_TLS
from colonnade.kernel.testing.command import Installation, new_installation


@pytest.fixture
def installation(room: Path) -> Iterator[Installation]:
    """Provide an empty installation."""
    with new_installation(room) as installation:
        yield installation


@pytest.fixture(scope="session")
def template(templates: Callable[[str], Path]) -> Path:
    """Return the home of an installation of radio with the demonstration data; to be copied, never to be started."""
    return templates("radio")


@pytest.fixture
def settled(installation: Installation, template: Path) -> Installation:
    """Provide an installation like `installation`, after its first start."""
    installation.copy_from(template)
    return installation


@pytest.fixture(scope="module")
def shared(room: Path, template: Path) -> Iterator[Installation]:
    """Provide one settled installation for all tests of a module."""
    with new_installation(room) as installation:
        installation.copy_from(template)
        yield installation


@pytest.fixture(scope="session")
async def migrated_template(fresh_database: Callable[..., Awaitable[str]]) -> str:
    """Return the DSN of a migrated, empty database of radio; to be copied, never to be used."""
    dsn = await fresh_database()
    await migrate_database(load_product("radio"), dsn)
    return dsn


@pytest.fixture
def migrated_database(
    fresh_database: Callable[..., Awaitable[str]], migrated_template: str
) -> Callable[[], Awaitable[str]]:
    """Return a factory of migrated databases of radio."""
    return lambda: fresh_database(like=migrated_template)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Return a port on which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def login(url: str, email: str, password: str) -> httpx.Response:
    """Try to sign in."""
    return httpx.post(
        f"{url}/auth/login", json={"email": email, "password": password}, timeout=20, verify=NO_TLS
    )


@pytest.fixture(scope="session")
def sign_in() -> object:
    """Return `sign_in(url, email, password)`, which returns the answer to a login."""
    return login

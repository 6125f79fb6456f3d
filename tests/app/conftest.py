"""Installations of the real command, and what tests ask of the things it starts."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from colonnade.kernel.testing.command import Installation, new_installation


@pytest.fixture
def installation() -> Iterator[Installation]:
    """An empty installation of its own."""
    with new_installation() as installation:
        yield installation


@pytest.fixture(scope="session")
def template() -> Iterator[Installation]:
    """Migrated, with the demonstration data; to be copied, never to be started."""
    with new_installation() as installation:
        done = installation.run("seed", "radio")
        assert done.returncode == 0, done.stderr
        yield installation


@pytest.fixture
def settled(installation: Installation, template: Installation) -> Installation:
    """Like `installation`, after its first start."""
    installation.copy_from(template)
    return installation


@pytest.fixture(scope="module")
def shared(template: Installation) -> Iterator[Installation]:
    """One settled installation for all tests of a module."""
    with new_installation() as installation:
        installation.copy_from(template)
        yield installation


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def login(url: str, email: str, password: str) -> httpx.Response:
    """Try to sign in."""
    return httpx.post(f"{url}/auth/login", json={"email": email, "password": password}, timeout=20)


@pytest.fixture(scope="session")
def sign_in() -> object:
    """`sign_in(url, email, password)`: the answer to a login."""
    return login

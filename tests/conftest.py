"""What all tests share: servers and databases (from the plugin), Node.js, a browser, and what this machine lacks."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from colonnade.kernel.testing import NodeScript

pytest_plugins = ["colonnade.app.testing"]

CLIENTS = Path(__file__).parent / "clients"
LEFT_OUT = {
    "node": "COLONNADE_WITHOUT_NODE",
    "generator": "COLONNADE_WITHOUT_GENERATOR",
    "browser": "COLONNADE_WITHOUT_BROWSER",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine lacks; `make test` says so and puts the reason into these variables."""
    for mark, variable in LEFT_OUT.items():
        reason = os.environ.get(variable)
        if reason:
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def node() -> str:
    """The node executable; skips where it, or the packages of tests/clients (`npm ci`), are missing."""
    executable = shutil.which(os.environ.get("NODE", "node"))
    if executable is None:
        pytest.skip("Node.js is not installed")
    if not (CLIENTS / "node_modules" / "socket.io-client").is_dir():
        pytest.skip("npm ci --prefix tests/clients has not been run")
    return executable


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's executable; skips where there is none."""
    for name in (os.environ.get("COLONNADE_CHROMIUM"), "chromium", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    pytest.skip("no Chromium or Chrome is installed")


@pytest.fixture
async def run_script(node: str) -> AsyncIterator[Callable[..., Awaitable[NodeScript]]]:
    """Start a script of tests/clients with arguments; killed after the test."""
    started: list[NodeScript] = []

    async def start(name: str, *arguments: str) -> NodeScript:
        started.append(await NodeScript.start(node, str(CLIENTS / name), *arguments))
        return started[-1]

    yield start
    for script in started:
        await script.end()

"""Fixtures of all tests: servers and databases (from the plugin), Node.js, a browser; skips on incomplete machines."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import structlog

from colonnade.kernel.core.lease import file_lock
from colonnade.kernel.testing import NodeScript
from colonnade.kernel.testing.command import new_installation

pytest_plugins = ["colonnade.app.testing"]

CLIENTS = Path(__file__).parent / "clients"
PRODUCTS = Path(__file__).parent / "products"
LEFT_OUT = {
    "node": "COLONNADE_WITHOUT_NODE",
    "generator": "COLONNADE_WITHOUT_GENERATOR",
    "browser": "COLONNADE_WITHOUT_BROWSER",
}


LONGEST = (
    "app/test_up.py",
    "app/test_workers.py",
    "kernel/identity/test_attacks.py",
    "app/test_databases.py",
    "products/radio/test_openapi.py",
    "app/test_generated_clients.py",
    "kernel/db/test_embedded.py",
    "app/test_landing.py",
    "clients/test_listeners.py",
    "faults/test_database_stands_still.py",
    "faults/test_nothing_acknowledged_is_lost.py",
    "faults/test_redis_is_killed.py",
    "kernel/realtime/test_node_client.py",
    "kernel/jobs/test_worker.py",
    "app/test_stopping.py",
    "app/test_commands.py",
    "kernel/identity/test_hashing.py",
)
"""Begun first, the longest at the head: a long file begun last would leave the other processes without work."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--product",
        action="append",
        default=[],
        metavar="NAME",
        help="run the tests of this product alone: its folder, and what is run for each product elsewhere",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore other products' folders."""
    wanted = config.getoption("--product")
    if wanted and collection_path.parent == PRODUCTS and collection_path.is_dir():
        return collection_path.name not in wanted or None
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select tests, skip those that this machine cannot run, and start with the slow ones."""
    if wanted := set(config.getoption("--product")):
        if unknown := sorted(name for name in wanted if not (PRODUCTS / name).is_dir()):
            raise pytest.UsageError(f"--product: there are no tests/products/{unknown[0]}")
        others = [item for item in items if not _is_about(item, wanted)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if _is_about(item, wanted)]
    _leave_out(items)
    places = {CLIENTS.parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def _is_about(item: pytest.Item, products: set[str]) -> bool:
    if PRODUCTS in item.path.parents:
        folder = item.path.relative_to(PRODUCTS).parts[0]
        if (PRODUCTS / folder).is_dir():
            return folder in products
    arguments = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return any(str(getattr(value, "name", value)) in products for value in arguments)


def _leave_out(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run; `make test` reports it and puts the reason into these variables."""
    for mark, variable in LEFT_OUT.items():
        reason = os.environ.get(variable)
        if reason:
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def plain_tracebacks() -> None:
    """Print tracebacks without local variables: structlog's default takes longer than the requests under test.

    Before each test, since others of this process may have restored the default.
    """
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
    )


@pytest.fixture(scope="session")
def room(servers_home: Path) -> Path:
    """Return the folder of installations: in memory if there is plenty."""
    return servers_home.parent


@pytest.fixture(scope="session")
def templates(servers_home: Path, room: Path) -> Callable[[str], Path]:
    """Return `templates("radio")`, the home of an installation with that product's demonstration data.

    To be copied, never to be started. The worker processes of a run share it, and it is removed with their servers.
    """

    def home_of(product: str) -> Path:
        home = servers_home / f"installation-{product}"
        with file_lock(home.with_suffix(".lock")):
            if not home.exists():
                with new_installation(room) as installation:
                    done = installation.run("seed", product)
                    assert done.returncode == 0, done.stderr
                    installation.home.rename(home)
        return home

    return home_of


@pytest.fixture(scope="session")
def node() -> str:
    """Return the node executable; skip if it, or the packages of tests/clients (`npm ci`), are missing."""
    executable = shutil.which(os.environ.get("NODE", "node"))
    if executable is None:
        pytest.skip("Node.js is not installed")
    wanted = json.loads((CLIENTS / "package.json").read_text())
    names = [*wanted["dependencies"], *wanted["devDependencies"]]
    if not all((CLIENTS / "node_modules" / name).is_dir() for name in names):
        pytest.skip("npm ci --prefix tests/clients has not been run")
    return executable


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser's executable; skip if there is none."""
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

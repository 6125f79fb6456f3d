"""`colonnade new` in the root of a checkout: a product, and slices of products that are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
MAIN = "from colonnade.app.cli import main; main()"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run a command in a copy of the checkout, which Python imports as Colonnade; return its output."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in ("src", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)

    def execute(*command: str, **environment: str) -> str:
        ours = {"PYTHONPATH": str(copy / "src"), "COLONNADE_HOME": str(copy / ".colonnade")}
        done = subprocess.run(
            command,
            cwd=copy,
            env=os.environ | ours | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    execute(sys.executable, "-c", MAIN, "new", "product", "desk")
    execute(sys.executable, "-c", MAIN, "new", "slice", "desk", "line_items")
    return execute


@pytest.fixture(scope="module")
def run_more(run: Callable[..., str]) -> Callable[..., str]:
    """Run a command like `run`, with a slice in each product that was extended by hand."""
    run(sys.executable, "-c", MAIN, "new", "slice", "radio", "greetings")
    run(sys.executable, "-c", MAIN, "new", "slice", "dealroom", "line_items")
    check_style(run)
    return run


def check_style(run: Callable[..., str]) -> None:
    folders = ("src/colonnade/products", "tests/products")
    run(str(TOOLS / "ruff"), "check", "--no-cache", *folders)
    run(str(TOOLS / "ruff"), "format", "--check", "--no-cache", *folders)


def test_style_and_contracts(run: Callable[..., str]) -> None:
    check_style(run)
    script = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    assert ", 0 broken" in run(sys.executable, "-c", script)


@pytest.mark.slow
def test_types(run_more: Callable[..., str]) -> None:
    run_more(sys.executable, "-m", "mypy")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("product", "added"),
    [("desk", ["line_items", "items"]), ("radio", ["greetings"]), ("dealroom", ["line_items"])],
)
def test_the_tests_of_the_product(
    run_more: Callable[..., str], postgres_dsn: str, product: str, added: list[str]
) -> None:
    """Those of the new slices, of the permissions, of the API's description and of the layout."""
    names = (*added, "permissions", "openapi")
    files = [f"tests/products/{product}/test_{name}.py" for name in names]
    script = "import sys, pytest; sys.exit(pytest.main(['-m', 'not node and not browser', *sys.argv[1:]]))"
    command = (sys.executable, "-c", script, *files, "tests/products/test_layout.py")
    run_more(*command, TEST_DATABASE_URL=postgres_dsn)

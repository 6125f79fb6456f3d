"""Everything that the documentation names exists: files, tests, commands, settings, and names of code."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer
from tests.docs.pages import DECISIONS, PAGES, ROOT, blocks_of, spans_of, text_of

from colonnade.app.cli.main import _MODULES, _NAMES

_FILE = re.compile(
    r"(?<![\w/.<>-])[\w<>-]+(?:/[\w<>.-]+)*\.(?:py|sql|md|toml|js|json|lock|example|sh)\b(?!\w)"
)
_FOLDER = re.compile(r"^(?:src|tests|docs|bench|scripts|app|kernel|products)/(?:[\w<>.-]+/)*$")
_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
_COMMAND = re.compile(r"\bcolonnade ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_COMPOUND = re.compile(r"_[a-zA-Z0-9]|[a-z][A-Z]|[A-Z]_")

MADE_UP = {"SHOP_JWT_SECRET", "JWT_SECERT"}
"""Names that stand for those somebody may choose or misspell."""


def _is_there(name: str) -> bool:
    """Return whether the file exists, from the root or below one of its folders; `<name>` and `NNNN` mean any."""
    pattern = re.sub(r"<[^>]*>|NNNN", "*", name)
    return any(ROOT.glob(pattern)) or any(
        any((ROOT / base).rglob(pattern)) for base in ("src", "docs", "tests")
    )


def _files_in(page: Path) -> Iterator[str]:
    for span in spans_of(page):
        yield from _FILE.findall(span.partition("::")[0])
        if _FOLDER.match(span):
            yield span
    for block in blocks_of(page):
        if block.language in ("sh", ""):
            yield from (name for name in _FILE.findall(block.text) if name.startswith(("src/", "tests/")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_and_folders_exist(page: Path) -> None:
    assert [name for name in _files_in(page) if not _is_there(name)] == []


def test_files_that_decisions_name_from_a_root_exist() -> None:
    roots = ("src/", "tests/", "kernel/", "products/", "app/", "bench/")
    named = {name for page in DECISIONS for name in _files_in(page) if name.startswith(roots)}
    assert len(named) >= 4
    assert sorted(name for name in named if not _is_there(name)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tests_exist(page: Path) -> None:
    missing = [
        f"{file}::{name}"
        for file, name in _TEST.findall(text_of(page))
        if f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


@cache
def _commands() -> dict[str, set[str] | None]:
    """Return the commands of the command line, with the subcommands of those that have any."""
    commands: dict[str, set[str] | None] = {}
    for name, module in _MODULES.items():
        command = getattr(importlib.import_module(f"colonnade.app.cli.{module}"), _NAMES.get(name, name))
        inner = typer.main.get_group(command) if isinstance(command, typer.Typer) else None
        commands[name] = set(inner.commands) if inner is not None else None
    return commands


def _command_lines(page: Path) -> Iterator[str]:
    yield from (span for span in spans_of(page) if "colonnade " in span)
    for block in blocks_of(page):
        if block.language in ("sh", ""):
            yield from (line for line in block.text.splitlines() if line.startswith("colonnade "))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    unknown = []
    for line in _command_lines(page):
        for name, inner in _COMMAND.findall(line):
            known = _commands().get(name, set())
            if name not in _commands() or (known is not None and inner and inner not in known):
                unknown.append(line)
    assert unknown == []


def test_the_readme_lists_every_command() -> None:
    listed: set[str] = set()
    for line in _command_lines(ROOT / "README.md"):
        if line.startswith("colonnade "):
            name, *rest = line.split()[1:]
            listed |= {name, *(rest[1:2] if rest[:1] == ["|"] else ())}
            inner = _commands().get(name)
            if inner is not None:
                listed |= {f"{name} {one}" for one in rest[0].split("|")}
    wanted = set(_commands())
    wanted |= {f"{name} {one}" for name, inner in _commands().items() if inner is not None for one in inner}
    assert wanted <= listed


@cache
def _words() -> set[str]:
    """Return every word of the code, of the settings and of what the tests' clients send."""
    files = [ROOT / ".env.example", ROOT / "pyproject.toml", *(ROOT / "src").rglob("*.*")]
    files += (ROOT / "tests").rglob("*.py")
    # Without its product's prefix a variable is one, too.
    text = re.sub(r"^[A-Z]+_(RATE_LIMIT_\w+)", r"\1 \g<0>", files[0].read_text(), flags=re.MULTILINE)
    text += "\n".join(
        path.read_text() for path in files if path.suffix in (".py", ".sql", ".toml", ".example")
    )
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_of_code_and_settings_exist(page: Path) -> None:
    unknown = []
    for span in spans_of(page):
        for name in _NAME.findall(span) if "/" not in span else ():
            if _COMPOUND.search(name) and name not in MADE_UP and not _FILE.search(span):
                unknown += [name for part in name.split(".") if part not in _words()]
    assert unknown == []

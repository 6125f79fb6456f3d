"""The lock files are installed without resolving dependencies, so none may be missing from them by accident."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LEFT_OUT = {("flask-swagger-ui", "flask")}
"""Of this package we use the browser's files only."""


def locked(file: str) -> set[str]:
    """Return the names in a lock file."""
    return set(re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==", (ROOT / file).read_text()))


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_everything_that_its_packages_need(file):
    names = locked(file)
    assert len(names) > 50
    missing = set()
    for name in names:
        try:
            needed = requires(name) or []
        except PackageNotFoundError:  # for other platforms
            continue
        for one in map(Requirement, needed):
            wanted = one.marker is None or one.marker.evaluate({"extra": ""})
            if wanted and canonicalize_name(one.name) not in names:
                missing.add((name, canonicalize_name(one.name)))
    assert missing == (LEFT_OUT if file == "requirements.lock" else set())


def test_no_second_web_framework_runs_here():
    assert locked("requirements.lock") & {"django", "fastapi", "flask", "starlette", "werkzeug"} == set()

"""NOTICE names every package whose licence demands more than keeping its text, and none that is gone."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
PERMISSIVE = re.compile(
    r"MIT( License|-0)?|ISC( License.*)?|BSD( License|-[23]-Clause)?|PSF-2\.0|Dual License|"
    r"Apache-2\.0|Apache License,? (Version )?2\.0|Apache Software License|(The )?Unlicense( \(Unlicense\))?"
)


def locked() -> set[str]:
    """Return the packages with which Colonnade is installed."""
    return set(re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def licences(name: str) -> set[str]:
    """Return the licences of a package from its metadata; empty if it is not for this platform."""
    try:
        metadata = distribution(name).metadata
    except PackageNotFoundError:
        return set()
    classified = {
        value.split(" :: ")[-1]
        for value in metadata.get_all("Classifier", [])
        if value.startswith("License ::")
    }
    text = metadata.get("License-Expression") or (metadata.get("License") or "").split("\n")[0]
    return {part for part in re.split(r" AND | OR ", text) if part} or classified or {"none given"}


def test_what_is_not_permissive_is_named() -> None:
    demanding = {name for name in locked() if not all(map(PERMISSIVE.fullmatch, licences(name)))}
    assert demanding == {"bidict", "certifi", "pyvips-binary"}
    notice = (ROOT / "NOTICE").read_text()
    named = set(re.findall(r"^  ([a-z][a-z-]+)(?:  |$)", notice, re.MULTILINE))
    assert demanding <= named
    assert named <= locked()


def test_nothing_is_under_the_gpl() -> None:
    forbidden = re.compile(
        r"\bA?GPL|(?<!Lesser )General Public License|SSPL|BUSL|Commons Clause", re.IGNORECASE
    )
    found = {name: licences(name) for name in locked()}
    assert {name: each for name, each in found.items() if any(map(forbidden.search, each))} == {}
    assert len([name for name, each in found.items() if each]) > 60

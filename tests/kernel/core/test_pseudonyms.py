"""Pseudonyms: stable under one key, different under another and for another purpose, and nothing of the text."""

from __future__ import annotations

from pathlib import Path

from colonnade.kernel.core import Settings, pseudonym
from colonnade.kernel.core.settings import load_settings


def settings(home: Path) -> Settings:
    return load_settings("lab", Path("/nonexistent"), environ={}, colonnade_home=home, app_env="test")


def test_the_same_for_the_same_and_for_nothing_else(tmp_path: Path) -> None:
    one, other = settings(tmp_path / "one"), settings(tmp_path / "other")
    name = pseudonym(one, "chat address", "192.0.2.7")
    assert len(name) == 8
    assert name == pseudonym(settings(tmp_path / "one"), "chat address", "192.0.2.7")
    others = {
        pseudonym(one, "chat address", "192.0.2.8"),
        pseudonym(one, "chat device", "192.0.2.7"),
        pseudonym(other, "chat address", "192.0.2.7"),
    }
    assert len(others | {name}) == 4

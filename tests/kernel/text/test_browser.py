"""Cleaned HTML in a real browser: nothing of it runs, and it asks for pictures alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.text.test_cleaning import ATTACKS, made_of

from colonnade.kernel.testing import run_command

PLAYER = "https://player.example.org/x"
CLIENTS = Path(__file__).parents[2] / "clients"


async def _shown(chromium: str, pieces: list[str], folder: Path) -> list[dict[str, Any]]:
    """Show each, and return how often it ran something, what it asked for, and whether it led elsewhere."""
    file = folder / "pieces.json"
    file.write_text(json.dumps(pieces))
    code, out, err = await run_command("node", "cleaned.js", chromium, str(file), folder=CLIENTS, seconds=120)
    assert code == 0, err
    seen: list[dict[str, Any]] = json.loads(out)
    return seen


@pytest.mark.browser
@pytest.mark.node
async def test_nothing_of_a_cleaned_text_runs(chromium, tmp_path):
    cleaned = [made_of(attack) for attack in ATTACKS]
    for attack, piece, seen in zip(ATTACKS, cleaned, await _shown(chromium, cleaned, tmp_path), strict=True):
        assert (seen["ran"], seen["moved"]) == (0, False), (attack, piece)
        assert all(url in piece or url.startswith("http://station.invalid/") for url in seen["asked"]), (
            piece,
            seen,
        )


@pytest.mark.browser
@pytest.mark.node
async def test_the_same_texts_run_uncleaned(chromium, tmp_path):
    seen = await _shown(chromium, ATTACKS[:20], tmp_path)
    assert sum(one["ran"] > 0 for one in seen) >= 5

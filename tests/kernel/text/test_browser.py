"""Cleaned HTML in a real browser: nothing of it runs, and it asks for nothing but its pictures and frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.text.test_cleaning import ATTACKS, made_of

from colonnade.kernel.testing import run_command

STATION = "http://station.invalid/"
PLAYER = "https://player.example.org/x"
CLIENTS = Path(__file__).parents[2] / "clients"


async def _shown(chromium: str, pieces: list[str], folder: Path) -> dict[str, Any]:
    """Show each; return the numbers of those that ran something or led elsewhere, and what was asked for."""
    file = folder / "pieces.json"
    file.write_text(json.dumps(pieces))
    code, out, err = await run_command("node", "cleaned.js", chromium, str(file), folder=CLIENTS, seconds=120)
    assert code == 0, err
    seen: dict[str, Any] = json.loads(out)
    return seen


@pytest.mark.browser
@pytest.mark.node
async def test_nothing_of_a_cleaned_text_runs(chromium, tmp_path):
    seen = await _shown(chromium, [made_of(attack) for attack in ATTACKS], tmp_path)
    assert {ATTACKS[number] for number in (*seen["ran"], *seen["moved"])} == set()
    assert {url for url in seen["asked"] if not url.startswith(STATION)} == {PLAYER}


@pytest.mark.browser
@pytest.mark.node
async def test_the_same_texts_run_uncleaned(chromium, tmp_path):
    seen = await _shown(chromium, ATTACKS, tmp_path)
    assert len(seen["ran"]) >= 20

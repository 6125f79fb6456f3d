"""The decisions in docs/adr share one form: `# NNNN: decision`, then Context, Decision, What it costs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import DECISIONS, ROOT, links_of, text_of

PARTS = ("Context", "Decision", "What it costs")
_TITLE = re.compile(r"# (\d{4}): (\S.*)")


def test_there_are_decisions_and_their_numbers_are_unique() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(numbers) >= 18
    assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name[:4])
def test_each_has_the_form(path: Path) -> None:
    text = text_of(path)
    title = _TITLE.fullmatch(text.splitlines()[0])
    assert title, f"{path.name} begins with {text.splitlines()[0]!r}, not with # NNNN: decision"
    assert path.name.startswith(f"{title[1]}-")
    assert not title[2].endswith(".")
    assert re.findall(r"^\*\*([^*\n]+)\.\*\*(?=\s)", text, re.MULTILINE) == list(PARTS)
    assert re.findall(r"^#+ .*$", text, re.MULTILINE) == [text.splitlines()[0]]


def test_a_decision_that_another_one_replaces_says_so_in_both() -> None:
    for path in DECISIONS:
        for old in re.findall(r"^Supersedes \[\d+\]\((\S+)\)", text_of(path), re.MULTILINE):
            assert f"Superseded by [{path.name[:4]}]({path.name})." in text_of(path.parent / old)


def test_the_map_leads_to_every_decision_in_force() -> None:
    linked = set(links_of(ROOT / "docs" / "ARCHITECTURE.md"))
    in_force = {f"adr/{path.name}" for path in DECISIONS if "\nSuperseded by " not in text_of(path)}
    assert in_force <= linked

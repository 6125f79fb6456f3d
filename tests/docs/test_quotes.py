"""Code quoted by the documentation is in the file that it is quoted from.

The convention: a fenced block whose first line is a comment with a path (`# src/…`, `-- src/…`) is quoted from that
file. A line with `…` alone stands for omitted lines; the parts before and after it must follow in this order.
Indentation counts, but a block as a whole may be indented less than its source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from tests.docs.pages import DECISIONS, PAGES, ROOT, Block, blocks_of

_SOURCE = re.compile(r"(?:#|--) ((?:src|tests)/\S+)")
CODE = {"python", "sql"}
BLOCKS = [block for page in (*PAGES, *DECISIONS) for block in blocks_of(page) if block.language in CODE]


def _parts(lines: Sequence[str]) -> list[list[str]]:
    """Return the lines between those with `…` alone."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.strip() == "…":
            parts.append([])
        else:
            parts[-1].append(line.rstrip())
    return [part for part in parts if any(part)]


def _stands_at(part: Sequence[str], source: Sequence[str], start: int, shift: str) -> bool:
    wanted = [shift + line if line else "" for line in part]
    return list(source[start : start + len(part)]) == wanted


def _missing_part(parts: Sequence[Sequence[str]], source: Sequence[str]) -> Sequence[str]:
    """Return the first part that is not in `source` after those before it; empty if all are."""
    furthest = 0
    for shift in (" " * width for width in range(0, 17, 4)):
        position = 0
        for number, part in enumerate(parts):
            places = range(position, len(source))
            found = next((at for at in places if _stands_at(part, source, at, shift)), None)
            if found is None:
                furthest = max(furthest, number)
                break
            position = found + len(part)
        else:
            return []
    return parts[furthest]


def test_there_are_quotes() -> None:
    assert len(BLOCKS) >= 20


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_quote_stands_in_its_file(block: Block) -> None:
    first, *lines = block.text.splitlines()
    named = _SOURCE.fullmatch(first)
    assert named, f"{block} does not say in its first line which file it is quoted from"
    source = (ROOT / named[1]).read_text(encoding="utf-8").splitlines()
    missing = _missing_part(_parts(lines), source)
    assert not missing, f"{block} quotes what is not in {named[1]}:\n" + "\n".join(missing)


def test_a_quote_that_was_changed_is_found() -> None:
    source = ["class A:", "    def f(self):", "        return 1", "", "    def g(self):", "        return 2"]
    assert _missing_part(_parts(["def f(self):", "…", "    return 2"]), source) == []
    assert _missing_part(_parts(["def f(self):", "    return 2"]), source) == ["def f(self):", "    return 2"]
    assert _missing_part(_parts(["def g(self):", "…", "def f(self):"]), source) == ["def f(self):"]

"""Links between the pages lead to something, and every page of docs/ can be reached from the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import LINKED, PAGES, ROOT, anchors_of, links_of, prose_of

_ELSEWHERE = ("http://", "https://", "mailto:")


def _target(page: Path, link: str) -> tuple[Path, str]:
    name, _, anchor = link.partition("#")
    return ((page.parent / name).resolve() if name else page), anchor


@pytest.mark.parametrize("page", LINKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links_of(page):
        if link.startswith(_ELSEWHERE):
            continue
        target, anchor = _target(page, link)
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.is_file():
            reached.add(page)
            waiting += [_target(page, link)[0] for link in links_of(page) if not link.startswith(_ELSEWHERE)]
    assert {page for page in PAGES if page not in reached} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_whoever_names_a_decision_links_it(page: Path) -> None:
    without_links = re.sub(r"\[[^\]]+\]\([^)]+\)", "", prose_of(page))
    assert re.findall(r"\bADRs? \d+", without_links) == []

"""What is read of a `product.py` without importing it, and what is left to the import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from colonnade.app.facts import Facts, read_facts

WRITTEN = """
from pathlib import Path

from nowhere import Product, SLICE

PRODUCT = Product(
    title="Shoes",
    name="shoes",
    migrations=Path(__file__).parent / "sql",
    defaults={"rate_limit_global": "9/hour"},
    slices=[SLICE],
)
"""


@pytest.fixture
def shoes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a product that cannot be imported."""
    package = tmp_path / "shoes"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package / "product.py"
    sys.modules.pop("shoes", None)


def test_literals_are_read(shoes: Path) -> None:
    shoes.write_text(WRITTEN)
    assert read_facts("shoes.product", "PRODUCT") == Facts(
        "shoes", "Shoes", shoes.parent / "sql", {"rate_limit_global": "9/hour"}
    )
    assert "shoes.product" not in sys.modules


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [
        ('title="Shoes"', "title=TITLE"),
        ('title="Shoes"', 'title="".join(("Sh", "oes"))'),
        ('title="Shoes"', "title=7"),
        ('    name="shoes",\n', ""),
        ('name="shoes",', "**COMMON,"),
        ('Path(__file__).parent / "sql"', "MIGRATIONS"),
        ('Path(__file__).parent / "sql"', 'Path(__file__).parent.parent / "sql"'),
        ('Path(__file__).parent / "sql"', "Path(__file__).parent / FOLDER"),
        ('{"rate_limit_global": "9/hour"}', "DEFAULTS"),
        ('{"rate_limit_global": "9/hour"}', "None"),
        ("PRODUCT = Product(", "PRODUCT = make("),
        ("PRODUCT = Product(", "OTHER = Product("),
        ("    slices=[SLICE],\n)\n", "    slices=[SLICE],\n)\nPRODUCT = None\n"),
        ("slices=[SLICE]", "slices=["),
    ],
)
def test_anything_else_is_left_to_the_import(shoes: Path, written: str, otherwise: str) -> None:
    assert written in WRITTEN
    shoes.write_text(WRITTEN.replace(written, otherwise))
    assert read_facts("shoes.product", "PRODUCT") is None


def test_what_is_not_there_is_left_to_the_import(shoes: Path) -> None:
    assert read_facts("shoes.product", "PRODUCT") is None
    assert read_facts("boots.product", "PRODUCT") is None
    assert read_facts("sys", "PRODUCT") is None
    assert read_facts("zlib", "PRODUCT") is None

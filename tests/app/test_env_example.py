"""`.env.example`: written from the settings' classes, and true."""

from __future__ import annotations

import re
from pathlib import Path

from colonnade.app.catalog import load_product, product_names
from colonnade.app.env_example import write_env_example
from colonnade.app.services import budgets_of
from colonnade.kernel.core.settings import SECTIONS, Settings, load_settings
from colonnade.kernel.product import load_product_settings

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
PRODUCTS = [load_product(name) for name in product_names()]


def test_it_is_what_the_command_writes() -> None:
    assert EXAMPLE.read_text() == write_env_example(PRODUCTS)


def test_it_names_every_setting_once() -> None:
    names = re.findall(r"^([A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert len(names) == len(set(names))
    kernel = {field.upper() for section in SECTIONS for field in section.model_fields}
    assert kernel == {field.upper() for field in Settings.model_fields} - {"PRODUCT"}
    slices = {
        field.upper()
        for product in PRODUCTS
        for each in product.slices
        if each.settings is not None
        for field in each.settings.model_fields
    }
    budgets = {
        f"{product.name.upper()}_RATE_LIMIT_{name.upper().replace('-', '_')}"
        for product in PRODUCTS
        for name in product.budgets
    }
    assert set(names) == kernel | slices | budgets


def test_whoever_copies_it_gets_the_defaults(tmp_path: Path) -> None:
    home = {"COLONNADE_HOME": str(tmp_path / "home")}
    assert load_settings(None, EXAMPLE, environ=home) == load_settings(None, tmp_path, environ=home)
    for product in PRODUCTS:
        copied = load_product_settings(product, EXAMPLE, environ=home)
        plain = load_product_settings(product, tmp_path, environ=home)
        assert copied.model_dump() == plain.model_dump()
        assert budgets_of(product, copied) == budgets_of(product, plain)
        for each in product.slices:
            if each.settings is not None:
                assert copied.of(each.settings) == plain.of(each.settings)


def test_every_setting_is_explained() -> None:
    for block in EXAMPLE.read_text().split("\n\n")[1:]:
        assert re.search(r"^# [A-Za-z].{15,}", block, re.MULTILINE), block

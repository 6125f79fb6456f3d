"""Every job that a product enqueues by name is listed by the slice whose module declares the name."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from tests.products.test_layout import NAMES

from colonnade.app.catalog import load_product
from colonnade.kernel.jobs import JobName


@pytest.mark.parametrize("product", NAMES)
def test_every_declared_job_name_is_listed_by_its_slice(product: str) -> None:
    for each in load_product(product).slices:
        package = importlib.import_module(f"colonnade.products.{product}.{each.name}")
        modules = [
            importlib.import_module(found.name)
            for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
            if found.name.split(".")[4] == "schemas"
        ]
        declared = {name for module in modules for name in vars(module).values() if isinstance(name, JobName)}
        assert declared == set(each.enqueues)


def test_the_names_of_dealroom() -> None:
    slices = load_product("dealroom").slices
    names = {name.name for each in slices for name in each.enqueues}
    assert names == {"assistant.answer", "channels.media", "channels.send"}

"""Every job that a product enqueues by name is listed by the slice whose module declares the name."""

from __future__ import annotations

import pytest
from tests.products.test_layout import NAMES, declared_in

from colonnade.app.catalog import load_product
from colonnade.kernel.jobs import JobName


@pytest.mark.parametrize("product", NAMES)
def test_every_declared_job_name_is_listed_by_its_slice(product: str) -> None:
    for each in load_product(product).slices:
        assert declared_in(product, each.name, JobName) == set(each.enqueues)


def test_the_names_of_dealroom() -> None:
    slices = load_product("dealroom").slices
    names = {name.name for each in slices for name in each.enqueues}
    assert names == {
        "assistant.answer",
        "channels.activity",
        "channels.drain",
        "channels.hours",
        "channels.media",
        "channels.resume",
        "channels.send",
        "channels.upload",
        "conversation.open",
        "webhooks.receive",
    }

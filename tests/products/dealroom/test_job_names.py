"""Every job that is enqueued by its name only is one of the product's jobs."""

from __future__ import annotations

import importlib
import pkgutil

import colonnade.products.dealroom as package
from colonnade.kernel.jobs import JobName
from colonnade.products.dealroom.product import PRODUCT


def test_every_job_name_has_its_handler() -> None:
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    names = {one.name for module in modules for one in vars(module).values() if isinstance(one, JobName)}
    assert names == {"assistant.answer", "channels.media", "channels.send"}
    assert names <= {job.name for job in PRODUCT.jobs}

"""Functions of the kernel name what they need by type; only what builds or serves the whole names the whole."""

from __future__ import annotations

import re
from pathlib import Path

import colonnade

KERNEL = Path(colonnade.__file__).parent / "kernel"

BUILDERS = {
    "http/application.py": "gives the services to the application that it builds",
    "product.py": "adds up what the rooms need",
    "testing/backend.py": "starts a product and lets tests look at all of it",
}
"""Modules that name the services as a whole, with the reason; every room declares its own in `services.py`."""


def test_no_function_takes_a_bag_of_services() -> None:
    naming = {
        path.relative_to(KERNEL).as_posix()
        for path in KERNEL.rglob("*.py")
        if path.name != "services.py"
        if re.search(r"(:|->) *\w*Services\b|import .*Services\b", path.read_text())
    }
    assert naming == BUILDERS.keys()

"""Jobs that wait for outside services have a lane of their own, whatever the product."""

from __future__ import annotations

import sys
from typing import get_type_hints

import pytest
from tests.products.test_layout import NAMES

from colonnade.app.catalog import load_product
from colonnade.kernel.jobs import DEFAULT_LANE
from colonnade.kernel.mail import Mailer
from colonnade.kernel.outbound import Outbound
from colonnade.kernel.storage import Storage

OUTSIDE = {Mailer, Outbound, Storage}
"""What handlers name by type to speak to other servers; a slice's own `clients` do so too."""


@pytest.mark.parametrize("name", NAMES)
def test_who_waits_for_others_keeps_out_of_the_default_lane(name: str) -> None:
    found = []
    for job in load_product(name).jobs:
        module = sys.modules[job.handler.__module__]
        named = {hint for hint in get_type_hints(job.handler).values() if isinstance(hint, type)}
        clients = {
            origin
            for value in vars(module).values()
            if ".clients." in (origin := f"{getattr(value, '__module__', '')}.")
        }
        if (named & OUTSIDE or clients) and job.lane == DEFAULT_LANE:
            found.append(job.name)
    assert found == []

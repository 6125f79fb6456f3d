"""Functions name what they need by type, never all services; actions name nothing that speaks to a network."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import colonnade

SOURCE = Path(colonnade.__file__).parent
KERNEL = SOURCE / "kernel"

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


def test_only_the_http_layer_reaches_for_services_by_the_request() -> None:
    """The refresh cookie is part of that layer, and belongs to sessions."""
    reaching = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"\bexchange\.services\b", path.read_text())
    }
    elsewhere = {place for place in reaching if not place.startswith("kernel/http/")}
    assert elsewhere == {"kernel/identity/sessions/transport.py"}


REQUESTS_AND_NETWORKS = {"Exchange", "Hub", "Mailer", "Outbound", "Storage"}
"""Imported by entries, clients and jobs only: an action is one part of a transaction, whoever called it."""


def test_actions_name_neither_requests_nor_what_speaks_to_a_network() -> None:
    modules = [*SOURCE.rglob("actions.py"), *SOURCE.rglob("actions/*.py")]
    assert len(modules) > 20
    naming = [
        f"{path.relative_to(SOURCE)}: {alias.name}"
        for path in modules
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in REQUESTS_AND_NETWORKS
    ]
    assert naming == []

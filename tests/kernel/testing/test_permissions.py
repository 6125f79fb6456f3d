"""The review of permissions knows no role by name: a product says which of its own has everything."""

from __future__ import annotations

from pathlib import Path

from colonnade.kernel.access import Policy
from colonnade.kernel.http import Ok, Router, SuccessEnvelope, allows, get
from colonnade.kernel.product import Product, Slice
from colonnade.kernel.testing import Permissions, draft_permissions


@get("/", guards=[allows("gates:open")])
async def open_gate() -> Ok[bool]:
    """Open the gate."""
    return Ok(True)


YARD = Product(
    name="yard",
    title="The Yard",
    description="A product of the tests.",
    envelope=SuccessEnvelope(),
    policy=Policy(
        {"gates:open": "open gates", "gates:close": "close gates", "gates:paint": "paint gates"},
        {"keeper": ["gates:open", "gates:close"], "guest": ["gates:open"]},
    ),
    migrations=Path("/nonexistent"),
    slices=[Slice(name="gates", routes=[Router("/gates", route_handlers=[open_gate])])],
)


def test_permissions_that_nobody_or_not_everybody_entitled_has(tmp_path: Path) -> None:
    file = tmp_path / "permissions.txt"
    file.write_text(draft_permissions(YARD))
    reviewed = Permissions(YARD, file)
    assert reviewed.complaints() == []
    assert reviewed.ungranted() == ["gates:paint"]
    assert reviewed.ungranted(full_role="keeper") == ["gates:paint"]
    assert reviewed.ungranted(full_role="guest") == ["gates:close", "gates:paint"]

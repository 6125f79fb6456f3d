"""The review of permissions knows no role by name: the policy says which is the administrators'."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.kernel.access import Policy
from colonnade.kernel.http import Ok, Router, SuccessEnvelope, allows, get
from colonnade.kernel.product import Product, Slice
from colonnade.kernel.testing import Permissions, draft_permissions


@get("/", guards=[allows("gates:open")])
async def open_gate() -> Ok[bool]:
    """Open the gate."""
    return Ok(True)


def _yard(admin_role: str | None) -> Product:
    return Product(
        name="yard",
        title="The Yard",
        description="A product of the tests.",
        envelope=SuccessEnvelope(),
        policy=Policy(
            {"gates:open": "open gates", "gates:close": "close gates", "gates:paint": "paint gates"},
            {"keeper": ["gates:open", "gates:close"], "guest": ["gates:open"]},
            admin_role=admin_role,
        ),
        migrations=Path("/nonexistent"),
        slices=[Slice(name="gates", routes=[Router("/gates", route_handlers=[open_gate])])],
    )


@pytest.mark.parametrize(
    ("admin_role", "missing"),
    [(None, ["gates:paint"]), ("keeper", ["gates:paint"]), ("guest", ["gates:close", "gates:paint"])],
)
def test_permissions_that_nobody_or_not_everybody_entitled_has(
    tmp_path: Path, admin_role: str | None, missing: list[str]
) -> None:
    yard, file = _yard(admin_role), tmp_path / "permissions.txt"
    file.write_text(draft_permissions(yard))
    reviewed = Permissions(yard, file)
    assert reviewed.complaints() == []
    assert reviewed.ungranted() == missing

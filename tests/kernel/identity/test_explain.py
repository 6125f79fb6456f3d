"""Why an account has a permission, or has not. Each test compares the answer with that of the guards."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.kernel.access import Policy
from colonnade.kernel.identity import explain_access


async def explain(site: Any, user: object, permission: str = "notes:write") -> tuple[bool, tuple[str, ...]]:
    explanation = await explain_access(site.db, site.services.product.policy, str(user), permission)
    return explanation.allowed, explanation.reasons


@pytest.mark.parametrize(("role", "allowed"), [("member", False), ("manager", True), ("admin", True)])
async def test_it_says_what_the_guards_say(site: Any, role: str, allowed: bool) -> None:
    assert (await explain(site, f"{role}@club.example"))[0] is allowed
    answer = await (await site.sign_in(role)).http.post("/notes")
    assert answer.status_code == (200 if allowed else 403)


async def test_a_built_in_role(site: Any) -> None:
    await site.sign_in("member")
    assert await explain(site, 1) == (
        False,
        (
            "Account 1 (Mia Member) has the role 'member'.",
            "The role is built in: its permissions are in the product's policy.",
            "The role does not have 'notes:write' (write the club's notes). Roles that have it: admin, manager.",
            "The account has 1 live session.",
        ),
    )


async def test_a_role_made_at_run_time(site: Any) -> None:
    await site.db.execute(
        "INSERT INTO access_roles (name, title, permissions) VALUES "
        "('scribe', 'Scribe', '{notes:write,gone:away}'), ('idle', 'Idle', '{}')"
    )
    await site.db.execute("UPDATE accounts SET role = 'scribe' WHERE id = 1")
    device = await site.sign_in("member")
    await device.http.post("/auth/keys", json={"name": "a", "scopes": ["notes:write"]})
    assert await explain(site, "MEMBER@club.example") == (
        True,
        (
            "Account 1 (Mia Member) has the role 'scribe'.",
            "The role was made at run time (Scribe).",
            "The role has 'notes:write' (write the club's notes).",
            "The account has 1 live session. API keys with this permission: 1 of 1.",
        ),
    )
    await site.db.execute("UPDATE accounts SET role = 'idle' WHERE id = 1")
    allowed, reasons = await explain(site, 1)
    assert not allowed
    assert reasons[2].endswith("Roles that have it: admin, manager, scribe.")
    # A product whose policy does not want such roles.
    policy = site.services.product.policy
    strict = Policy(policy.permissions, policy.roles)
    await site.db.execute("UPDATE accounts SET role = 'scribe' WHERE id = 1")
    explanation = await explain_access(site.db, strict, "1", "notes:write")
    assert not explanation.allowed
    assert explanation.reasons[1] == (
        "The role was made at run time, which this product's policy does not allow: it has no permissions."
    )


async def test_an_account_that_cannot_act(site: Any) -> None:
    admin = await site.sign_in("admin")
    await admin.http.post("/accounts/2/suspension", json={"reason": "spam"})
    allowed, reasons = await explain(site, 2)
    assert not allowed
    day = await site.db.fetch_value(
        "SELECT (suspended_at AT TIME ZONE 'UTC')::date::text FROM accounts WHERE id = 2"
    )
    assert reasons[1] == f"The account has been suspended since {day} (spam): it may do nothing."
    assert reasons[3] == "The role has 'notes:write' (write the club's notes)."
    await site.db.execute("UPDATE accounts SET is_active = false WHERE id = 3")
    assert (await explain(site, 3))[1][1] == "The account is deactivated: it may do nothing."


@pytest.mark.parametrize(
    ("user", "permission", "reason"),
    [
        ("99", "notes:write", "There is no account 99."),
        ("nobody@club.example", "notes:write", "There is no account nobody@club.example."),
        ("99999999999999999999", "notes:write", "There is no account 99999999999999999999."),
        ("", "notes:write", "There is no account ."),
        (
            "1",
            "note:write",
            "The product has no permission 'note:write'. Did you mean notes:write, notes:read?",
        ),
        ("1", "x", "The product has no permission 'x'."),
    ],
)
async def test_what_is_not_there(site: Any, user: str, permission: str, reason: str) -> None:
    assert await explain(site, user, permission) == (False, (reason,))


async def test_a_role_that_is_gone(site: Any) -> None:
    await site.db.execute("UPDATE accounts SET role = 'managr' WHERE id = 2")
    allowed, reasons = await explain(site, 2)
    assert not allowed
    assert reasons[1] == "The product has no role 'managr'. Did you mean manager?"

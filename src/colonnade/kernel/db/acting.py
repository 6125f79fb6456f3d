"""For whom PostgreSQL runs a statement: a role, and the claims that row-level security policies read.

Both are set LOCAL and sent before the statement, in the same round trip: the wire protocol's messages up to a Sync are
one transaction (PostgreSQL's documentation, "Extended Query", "Pipelining"), and asyncpg sends Bind, Execute and Sync
for each statement. So Bind and Execute of a statement without rows that sets the two go to the socket first; the values
are parameters of that Bind. asyncpg reads one BindComplete and one CommandComplete more, which it passes over.
See docs/adr/0061-acting-as-the-caller.md.

Out of scope: creating the roles (`roles`), and who may act for whom, which the product decides.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import msgspec

__all__ = ["ANON", "NAME", "OWNER", "SERVICE", "SET_ACTOR", "Actor", "Role", "actor_roles"]

Role = Literal["anon", "authenticated", "service_role"]

SET_ACTOR: Final = (
    "SELECT WHERE (set_config('request.jwt.claims', $2, true) || set_config('role', $1, true)) IS NULL"
)
"""Sets claims and role until the transaction ends; it has no row to be mistaken for one of the statement's."""
NAME: Final = "set_actor"
"""The name under which a connection has prepared SET_ACTOR."""


ROLES: Final[tuple[Role, ...]] = get_args(Role)


def actor_roles(owner: str) -> list[str]:
    """Return the statements, without semicolons, that an administrator runs once for a cluster: roles of actors.

    They can neither connect nor own anything; `owner`, who connects, may act in each of them.
    """
    return [*(f"CREATE ROLE {role} NOLOGIN" for role in ROLES), f"GRANT {', '.join(ROLES)} TO {owner}"]


class Actor:
    """A role and its claims, as the messages that a connection sends before the actor's first statement.

    `claims` are what policies see as `request.jwt.claims`; none is an empty text.
    """

    __slots__ = ("claims", "messages", "role")

    def __init__(self, role: Role | Literal["none"], claims: Mapping[str, Any] | None = None) -> None:
        self.role = role
        self.claims = "" if claims is None else msgspec.json.encode(claims).decode()
        self.messages = _bind(role.encode(), self.claims.encode()) + _EXECUTE


def _bind(*values: bytes) -> bytes:
    """Return a Bind message of SET_ACTOR: the unnamed portal, parameters and results as text."""
    body = b"\0" + NAME.encode() + b"\0" + struct.pack("!hh", 0, len(values))
    for value in values:
        body += struct.pack("!i", len(value)) + value
    body += struct.pack("!h", 0)
    return b"B" + struct.pack("!i", len(body) + 4) + body


_EXECUTE: Final = b"E" + struct.pack("!i", 9) + b"\0" + struct.pack("!i", 0)

OWNER: Final = Actor("none")
"""Whoever has connected: the tables' owner, without claims."""
ANON: Final = Actor("anon")
"""A visitor."""
SERVICE: Final = Actor("service_role", {"role": "service_role"})
"""The product itself, in jobs: every row, within what the role may do."""

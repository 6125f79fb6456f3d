"""The scenarios of refreshing and signing in: the posts to the servers, and the checks before anything is timed.

They check the answers, with their signatures, and the rows that each server leaves behind.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import jwt

from harness import load, settings
from harness.accounts import PASSWORD, Accounts
from harness.scenarios import WrongAnswer
from harness.wanted import PEER, PEER_TUNED, Target

REFRESH_PATH = "/auth/refresh"
LOGIN_PATH = "/auth/login"
PARALLEL = 8


@dataclass(frozen=True, slots=True)
class RefreshLoad:
    """Thousands of sessions in turn, each always with the token that its last refresh gave."""

    accounts: Accounts

    async def prepare(self) -> None:
        """Open new sessions, because the tokens at the end of the last round are unknown."""
        _file("refresh").write_text("\n".join(await self.accounts.open_sessions()) + "\n")

    def run(self, base_url: str, seconds: float) -> load.LoadResult:
        """Refresh for `seconds`."""
        return load.post(base_url, REFRESH_PATH, _file("refresh"), seconds, chained="refreshToken")


@dataclass(frozen=True, slots=True)
class LoginLoad:
    """The accounts in turn, each with its right password, from `connections` clients at once."""

    accounts: Accounts
    connections: int = settings.CONNECTIONS

    async def prepare(self) -> None:
        """Delete all sessions, so that every round starts from the same state."""
        await self.accounts.open_sessions(0)
        bodies = [_login(email) for email in self.accounts.emails.values()]
        _file("login").write_text("\n".join(map(json.dumps, bodies)) + "\n")

    def run(self, base_url: str, seconds: float) -> load.LoadResult:
        """Sign in for `seconds`."""
        return load.post(base_url, LOGIN_PATH, _file("login"), seconds, connections=self.connections)


@dataclass(frozen=True, slots=True)
class IdentityScenario:
    """One kind of post. `check` verifies one server and returns the bytes of an answer, or raises WrongAnswer."""

    name: str
    title: str
    load: Callable[[Accounts], RefreshLoad | LoginLoad]
    check: Callable[[Accounts, str, httpx.AsyncClient], Awaitable[int]]
    others: tuple[str, ...] = (PEER,)
    targets: tuple[Target, ...] = ()
    # The share by which a request may take longer than the bare hash.
    overhead: float | None = None


async def verify(scenario: IdentityScenario, accounts: Accounts, bases: Mapping[str, str]) -> dict[str, Any]:
    """Check every server by itself; return body bytes by server. Raises WrongAnswer."""
    sizes = {}
    for name, base in bases.items():
        async with httpx.AsyncClient(base_url=base, timeout=60.0) as client:
            sizes[name] = await scenario.check(accounts, name, client)
    return {"body_bytes": sizes, "probes": 1}


async def check_refresh(accounts: Accounts, name: str, client: httpx.AsyncClient) -> int:
    """Check that a token works once, gives the same successor within the grace period, and ends its family after it."""
    first, untouched = await accounts.open_sessions(2)
    account_id = next(iter(accounts.emails))
    answer = await client.post(REFRESH_PATH, json={"refreshToken": first})
    second = _issued(name, answer, account_id)
    _equal(name, "successor within the grace", await _refreshed(client, first), (200, second))
    _, third = await _refreshed(client, second)
    uses = await asyncio.gather(*(_refreshed(client, third) for _ in range(PARALLEL)))
    fourth = uses[0][1]
    _equal(name, "parallel uses", set(uses), {(200, fourth)})
    _equal(name, "different tokens", len({first, second, third, fourth, None}), 5)
    rows = await _family(accounts, first)
    _equal(name, "tokens and used ones of the family", rows[:2], (4, 3))

    async with _connected(accounts) as connection:
        await connection.execute(
            "UPDATE public.refresh_tokens SET rotated_at = rotated_at - interval '1 minute' WHERE hash = $1",
            _hash(first),
        )
    _equal(name, "use after the grace", await _refreshed(client, first), (401, None))
    _equal(name, "the family after it", await _refreshed(client, str(fourth)), (401, None))
    _equal(name, "why it ended", (await _family(accounts, first))[2], "token-reused")
    _equal(name, "an unknown token", await _refreshed(client, "rt_unknown"), (401, None))
    _equal(name, "another session", (await _refreshed(client, untouched))[0], 200)
    return len(answer.content)


async def check_login(accounts: Accounts, name: str, client: httpx.AsyncClient) -> int:
    """Check that the right password opens a session whose token can be refreshed, and that a wrong one opens none."""
    await accounts.open_sessions(0)
    account_id, email = next(iter(accounts.emails.items()))
    answer = await client.post(LOGIN_PATH, json=_login(email))
    token = _issued(name, answer, account_id)
    user = {"id": account_id, "name": "Visitor", "email": email, "role": "editor"}
    _equal(name, "user", answer.json()["data"]["user"], user)
    for wrong in (_login(email) | {"password": "another password"}, _login("nobody@bench.example")):
        refused = await client.post(LOGIN_PATH, json=wrong)
        _equal(name, f"status for {wrong}", refused.status_code, 401)
    _equal(name, "refresh after login", (await _refreshed(client, token))[0], 200)
    async with _connected(accounts) as connection:
        opened = await connection.fetch("SELECT account_id, methods FROM public.account_sessions")
    _equal(name, "sessions", [tuple(row) for row in opened], [(account_id, ["password"])])
    return len(answer.content)


IDENTITY_SCENARIOS: tuple[IdentityScenario, ...] = (
    IdentityScenario(
        name="refresh",
        title="refresh (a refresh token for the next one)",
        load=RefreshLoad,
        check=check_refresh,
        others=(PEER, PEER_TUNED),
        targets=(Target(PEER, 5.0), Target(PEER_TUNED, 4.0)),
    ),
    IdentityScenario(
        name="login",
        title="login (argon2id, 19 MiB, two passes)",
        load=LoginLoad,
        check=check_login,
        overhead=0.1,
    ),
)


def _file(name: str) -> Path:
    return settings.HOME / f"{name}.lines"


def _login(email: str) -> dict[str, str]:
    return {"email": email, "password": PASSWORD}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _issued(name: str, answer: httpx.Response, account_id: int) -> str:
    """Return the refresh token of an answer; check the access token's signature and claims."""
    if answer.status_code != 200:
        raise WrongAnswer(f"{name}: {answer.status_code} {answer.text[:300]}")
    data = answer.json()["data"]
    _equal(name, "typ", jwt.get_unverified_header(data["accessToken"])["typ"], "access+jwt")
    claims = jwt.decode(
        data["accessToken"],
        settings.JWT_SECRET,
        algorithms=["HS256"],
        audience="radio",
        issuer="colonnade",
        leeway=5,
        options={"require": ["exp", "iat", "nbf", "jti", "sid"]},
    )
    _equal(name, "subject and role", (claims["sub"], claims["role"]), (str(account_id), "editor"))
    _equal(name, "lifetime", (claims["exp"] - claims["iat"], data["expiresIn"]), (900, 900))
    token: str = data["refreshToken"]
    return token


async def _refreshed(client: httpx.AsyncClient, token: str | None) -> tuple[int, str | None]:
    """Refresh; return the status and, if it is 200, the new refresh token."""
    answer = await client.post(REFRESH_PATH, json={"refreshToken": token})
    return answer.status_code, answer.json()["data"]["refreshToken"] if answer.status_code == 200 else None


async def _family(accounts: Accounts, token: str) -> tuple[int, int, str | None]:
    """Return, of the session of `token`, the number of tokens, that of used ones, and the reason of its end."""
    async with _connected(accounts) as connection:
        row = await connection.fetchrow(
            "SELECT count(*), count(t.rotated_at), s.end_reason"
            " FROM public.refresh_tokens t JOIN public.account_sessions s ON s.id = t.session_id"
            " WHERE s.id = (SELECT session_id FROM public.refresh_tokens WHERE hash = $1) GROUP BY s.id",
            _hash(token),
        )
    return tuple(row) if row else (0, 0, None)


@asynccontextmanager
async def _connected(accounts: Accounts) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(accounts.dataset.dsn)
    try:
        yield connection
    finally:
        await connection.close()


def _equal(name: str, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise WrongAnswer(f"{name}: {what} is {found!r}, wanted {wanted!r}")

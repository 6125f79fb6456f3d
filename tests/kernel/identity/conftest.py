"""A small product that composes everything of the kernel's identity: `site`, a club with members and managers.

`site.client()` is a visitor, `await site.sign_in("member")` a client signed in over HTTP as that account;
`site.services` gives access to the process (database, statement counter), `site.work()` runs the queue until it is
empty, `site.mails(address)` returns what arrived. Time passes by `UPDATE`s of timestamps, never by waiting.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

import colonnade.kernel.db as kernel_db
from colonnade.app.compose import RunningProduct, open_services
from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.audit import audit_routes
from colonnade.kernel.core.settings import load_settings
from colonnade.kernel.db import Database
from colonnade.kernel.db.migrate import migrate
from colonnade.kernel.exports import export_routes
from colonnade.kernel.http import Ok, Router, SuccessEnvelope, allows, anyone, get, post, signed_in
from colonnade.kernel.identity import (
    IDENTITY_DATA,
    Authenticator,
    api_key_routes,
    deletion_routes,
    factor_reset_routes,
    jwks_routes,
    login_routes,
    mfa_routes,
    oauth_routes,
    passkey_routes,
    password_routes,
    role_routes,
    session_routes,
    step_up_routes,
    suspension_routes,
    verification_routes,
)
from colonnade.kernel.jobs import Worker, count_jobs
from colonnade.kernel.mail import DevMail, fetch_dev_mail, list_dev_mails
from colonnade.kernel.product import Product, Services, Slice
from colonnade.kernel.realtime import Client, SocketRoutes, SocketSetup
from colonnade.kernel.realtime.closings import Closings
from colonnade.kernel.testing import NO_TLS, Emptier, LiveServer, SocketClient

PASSWORD = "a-long-club-password-1"
PEOPLE = {"member": "Mia Member", "manager": "Max Manager", "admin": "Ada Admin"}
PATIENCE = httpx.Timeout(30, pool=120)
"""On a busy machine."""

ORIGIN = "https://www.club.example"
"""A page of the club: the origin that browsers send from it."""

PERMISSIONS = {
    "notes:read": "read the club's notes",
    "notes:write": "write the club's notes",
    "accounts:manage": "change roles, suspend and delete accounts",
    "roles:manage": "make roles and give them",
    "audit:read": "read the audit log",
}
POLICY = Policy(
    PERMISSIONS,
    {"member": {"notes:read"}, "manager": {"notes:read", "notes:write"}, "admin": PERMISSIONS},
    custom_roles=True,
    admin_role="admin",
)

CHEAP = PasswordHash((Argon2Hasher(memory_cost=64, time_cost=1, parallelism=1), BcryptHasher()))
"""Passwords' hashes in 1 ms instead of 20, in modules that do not say FULL_HASHING: timing is not their point."""

T = TypeVar("T")

_notes: list[str] = []


@get("/notes", guards=[allows("notes:read")])
async def read_notes() -> Ok[list[str]]:
    """The club's notes."""
    return Ok(list(_notes))


@post("/notes", guards=[allows("notes:write")])
async def write_note() -> Ok[list[str]]:
    """Add a note."""
    _notes.append(f"note {len(_notes) + 1}")
    return Ok(list(_notes))


@get("/whoami", guards=[anyone()])
async def who_am_i(visitor: Principal | None) -> Ok[dict[str, Any] | None]:
    """The caller, if there is one."""
    return Ok(_described(visitor) if visitor else None)


@get("/me", guards=[signed_in()])
async def show_me(caller: Principal) -> Ok[dict[str, Any]]:
    """The caller."""
    return Ok(_described(caller))


@get("/accounts", guards=[allows("accounts:manage")])
async def count_people(db: Database) -> Ok[int]:
    """How many accounts there are."""
    return Ok(await db.fetch_value("SELECT count(*) FROM accounts"))


def _described(caller: Principal) -> dict[str, Any]:
    return {"id": caller.id, "role": caller.role, "permissions": sorted(caller.permissions)}


async def _identify(
    auth: dict[str, Any] | None, scope: Mapping[str, Any], authenticator: Authenticator
) -> Principal:
    return await authenticator.authenticate((auth or {}).get("token", ""))


SOCKETS = SocketRoutes()


@SOCKETS.on_connect
async def _admit(client: Client) -> None:
    client.tag(f"session:{client.identity.session_id}")
    client.tag(f"account:{client.identity.id}")


CLUB = Product(
    name="club",
    title="The Club",
    description="A product of the tests.",
    envelope=SuccessEnvelope(),
    policy=POLICY,
    migrations=Path("/nonexistent"),
    slices=[
        Slice(
            name="club",
            routes=[
                login_routes("/auth"),
                session_routes("/auth"),
                password_routes("/auth/password"),
                suspension_routes("/accounts", permission="accounts:manage"),
                deletion_routes("/account"),
                export_routes("/account/exports"),
                verification_routes("/auth/email"),
                api_key_routes("/auth/keys"),
                mfa_routes("/auth"),
                factor_reset_routes("/accounts", permission="accounts:manage"),
                passkey_routes("/auth"),
                step_up_routes("/auth"),
                oauth_routes("/auth", sign_up_role="member"),
                role_routes("/roles"),
                audit_routes("/audit"),
                jwks_routes(),
                Router("/", route_handlers=[read_notes, write_note, who_am_i, show_me, count_people]),
            ],
            sockets=SocketSetup(routes=[SOCKETS], authenticate=_identify),
            personal_data=IDENTITY_DATA,
        )
    ],
)


async def log_in(
    client: httpx.AsyncClient, password: str = PASSWORD, email: str = "member@club.example"
) -> httpx.Response:
    """Send the first step of a sign-in."""
    return await client.post("/auth/login", json={"email": email, "password": password})


async def first_step(site: Site, who: str = "member") -> dict[str, Any]:
    """Sign in with the password alone and return the data of the answer."""
    answer = await log_in(site.client(), email=f"{who}@club.example")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


@dataclass
class Device:
    """A client that is signed in: the login's answer, and httpx with the access token."""

    http: httpx.AsyncClient
    login: dict[str, Any]

    @property
    def access_token(self) -> str:
        return self.login["accessToken"]

    @property
    def refresh_token(self) -> str:
        return self.login["refreshToken"]


async def many(requests: Iterable[Awaitable[T]]) -> list[T]:
    """Return the answers to many requests of one client, a hundred at once: as many connections as httpx opens.

    httpx scans all waiting requests whenever a connection is free: a thousand of them cost 25 s of CPU time.
    """
    places = asyncio.Semaphore(100)

    async def one(request: Awaitable[T]) -> T:
        async with places:
            return await request

    return await asyncio.gather(*(one(request) for request in requests))


class Site:
    """The running club."""

    def __init__(self, services: Services, server: LiveServer, password_hash: str) -> None:
        self.services = services
        self.db = services.db
        self.url = server.url
        self.password_hash = password_hash
        self._full = services.hasher._hash, password_hash
        self._cheap = CHEAP, CHEAP.hash(PASSWORD)
        self._emptier = Emptier(services.db)
        self.people: dict[str, int] = {}
        self._clients: list[httpx.AsyncClient] = []
        self._sockets: list[SocketClient] = []

    def choose_hashing(self, *, full: bool) -> None:
        """Make passwords cost what they cost in production, or next to nothing."""
        self.services.hasher._hash, self.password_hash = self._full if full else self._cheap
        self.services.hasher._decoy = None

    async def empty(self) -> None:
        """Reset the club to one account per role: member 1, manager 2, admin 3."""
        await self._emptier.empty()
        for role, name in PEOPLE.items():
            self.people[role] = await self.add_account(f"{role}@club.example", name, role)
        self.services.cache.forget_all()
        self.services.limiter._meters.clear()
        if self.services.hub is not None:
            # The rooms' logs are empty again; the process must not remember how far it had come.
            for feed in self.services.hub._delivery._feeds.values():
                feed.delivered = 0
            self.services.hub._closings = Closings()
        _notes.clear()

    async def add_account(self, email: str, name: str = "Somebody", role: str = "member") -> int:
        """Insert an account with PASSWORD and return its id."""
        return await self.db.fetch_value(
            "INSERT INTO accounts (email, name, role, password_hash) VALUES ($1, $2, $3, $4) RETURNING id",
            email,
            name,
            role,
            self.password_hash,
        )

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Open a visitor's client; keyword arguments are headers (`user_agent="…"`)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        client = httpx.AsyncClient(base_url=self.url, headers=named, timeout=PATIENCE, verify=NO_TLS)
        self._clients.append(client)
        return client

    async def sign_in(self, who: str = "member", **headers: str) -> Device:
        """Sign in over HTTP as `who` (a role, or an e-mail address) on a device with these headers."""
        http = self.client(**headers)
        email = who if "@" in who else f"{who}@club.example"
        answer = await http.post("/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        login = answer.json()["data"]
        http.headers["Authorization"] = f"Bearer {login['accessToken']}"
        return Device(http, login)

    async def socket(self, token: str) -> SocketClient:
        """Open a socket with `token`."""
        socket = await SocketClient.open(self.url, auth={"token": token})
        self._sockets.append(socket)
        return socket

    async def session_of(self, device: Device) -> UUID:
        """Return the id of a device's session."""
        return UUID(self.services.tokens.verify("access", device.access_token)["sid"])

    async def work(self) -> None:
        """Run the job queue until nothing is queued or running. Raises AssertionError if a job is held."""
        services = self.services
        worker = Worker(self.db.dsn, services, services.product.jobs, name="test")
        running = asyncio.create_task(worker.run())
        try:
            async with asyncio.timeout(20):
                while (counts := await count_jobs(self.db)).queued or counts.running:
                    await asyncio.sleep(0.02)
        finally:
            await worker.stop()
            await running
        assert counts.held == 0, "a job failed for good"

    async def mails(self, address: str) -> list[DevMail]:
        """Run the queue and return the mails to `address` so far, oldest first."""
        await self.work()
        listed = [mail for mail in await list_dev_mails(self.db, limit=100) if address in mail.recipient]
        return [await fetch_dev_mail(self.db, mail.id) for mail in sorted(listed, key=lambda mail: mail.id)]

    async def code_in_mail(self, address: str) -> str:
        """Return the six digits in the last mail to `address` that has some; a notice may be sent after it."""
        return re.findall(r"\b\d{6}\b", "\n".join(mail.text for mail in await self.mails(address)))[-1]

    async def close(self) -> None:
        """Close the clients that `client`, `sign_in` and `socket` opened."""
        for socket in self._sockets:
            await socket.close()
        for client in self._clients:
            await client.aclose()
        self._sockets.clear()
        self._clients.clear()


@pytest.fixture(scope="session")
async def site_server(
    fresh_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """Provide the server itself; use `site`."""
    dsn = await fresh_database()
    await migrate(dsn, [("kernel", Path(kernel_db.__file__).parent / "migrations")])
    settings = load_settings(
        "club",
        Path("/nonexistent"),
        environ={},
        app_env="test",
        colonnade_home=tmp_path_factory.mktemp("club"),
        rate_limit_global="1000000/hour",
        frontend_url=(ORIGIN,),
        trusted_proxies="127.0.0.1",  # a client with X-Forwarded-For has that address
    )
    services = open_services(CLUB, settings, dsn)
    running = RunningProduct(services, with_worker=False)
    await running.start()
    async with LiveServer(running) as server:
        yield Site(services, server, await services.hasher.hash(PASSWORD))
    await running.stop(grace_seconds=2)


@pytest.fixture
async def site(site_server: Site, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """Provide the club with one account per role and nothing else."""
    site_server.choose_hashing(full=getattr(request.module, "FULL_HASHING", False))
    await site_server.empty()
    yield site_server
    await site_server.close()


@pytest.fixture
def required_role(site: Site) -> Iterator[Callable[[str], None]]:
    """Provide `required_role("manager")`: that role must have a second factor afterwards (MFA_REQUIRED_ROLES)."""
    rule = site.services.factor_rule
    before = rule.also

    def require(role: str) -> None:
        rule.also = frozenset({role})

    yield require
    rule.also = before

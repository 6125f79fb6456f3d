"""A tiny product behind the real application, on a real server: what every product gets from the kernel.

`lab.http()` is a client, `lab.raw(bytes)` writes to the socket itself, `lab.gate` holds handlers where a test wants
them to be.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

import colonnade.kernel.db as kernel_db
from colonnade.app.compose import RunningProduct, open_services
from colonnade.app.site import Site
from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.core import Conflict, Day, Event, Invalidate, NotFound, PreconditionFailed
from colonnade.kernel.core.settings import load_settings
from colonnade.kernel.db import Database
from colonnade.kernel.db.migrate import migrate
from colonnade.kernel.http import (
    Cached,
    Created,
    Exchange,
    ExpectedVersion,
    GuestTokens,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    PageNumber,
    Pagination,
    QueryParameter,
    Response,
    Router,
    Stream,
    SuccessEnvelope,
    UploadFile,
    allows,
    anyone,
    decode_cursor,
    delete,
    encode_cursor,
    get,
    once,
    patch,
    person_of,
    post,
    put,
    signed_in,
    spends,
)
from colonnade.kernel.identity import Tokens
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import Product, Services, Slice
from colonnade.kernel.server import ConnectionLimits
from colonnade.kernel.testing import NO_TLS, Emptier, LiveServer

TABLES = """
CREATE TABLE things (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name    text NOT NULL,
    count   integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1
);
"""


class Gate:
    """Handlers report where they are (`reached`) and wait until the test opens the gate."""

    def __init__(self) -> None:
        self.reached = asyncio.Semaphore(0)
        self.open = asyncio.Event()
        self.barrier: asyncio.Barrier | None = None
        self.runs = 0

    async def pass_through(self) -> None:
        self.runs += 1
        self.reached.release()
        await self.open.wait()


class Happened(Event, frozen=True):
    """Something was committed."""

    name: str


class Thing(msgspec.Struct, frozen=True):
    """A thing."""

    id: int
    name: str
    count: int
    version: int


class ThingCreate(msgspec.Struct, frozen=True):
    """A new thing."""

    name: Annotated[str, Meta(min_length=2, max_length=200)]
    count: Annotated[int, Meta(ge=0, le=100)]
    kind: Literal["red", "green"] = "red"
    note: Annotated[str, Meta(min_length=2, max_length=10)] | None = None
    when: Annotated[datetime, Meta(tz=True)] | None = None
    tags: Annotated[list[str], Meta(max_length=3)] = []
    ratio: float | UnsetType = UNSET
    size: Annotated[int, Meta(ge=1)] | None = None


class ThingChange(msgspec.Struct, frozen=True):
    """A change."""

    name: Annotated[str, Meta(min_length=2, max_length=200)]


class StrictChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change that knows what it takes."""

    name: Annotated[str, Meta(min_length=2, max_length=200)] | msgspec.UnsetType = msgspec.UNSET


class Pair(msgspec.Struct, frozen=True):
    """Two rows to change, in this order."""

    first: int
    second: int


class Upload(msgspec.Struct, frozen=True):
    """A form with a file."""

    file: UploadFile
    title: Annotated[str, Meta(min_length=2)]


async def _insert(tx: Any, name: str) -> Thing:
    row = await tx.fetch_row("INSERT INTO things (name) VALUES ($1) RETURNING id, name, count, version", name)
    return Thing(**row)


def routes(gate: Gate) -> list[Any]:
    """Return the routes of the product."""

    @get("/things", guards=[anyone()])
    async def list_things(
        db: Database,
        page: PageNumber = 1,
        limit: Limit = 10,
        kind: Annotated[Literal["red", "green"] | None, QueryParameter()] = None,
        search: Annotated[str | None, QueryParameter(max_length=20)] = None,
        sort_by: Annotated[Literal["id", "name"], QueryParameter(name="sortBy")] = "id",
    ) -> Page[Thing]:
        """Things."""
        rows = await db.fetch(
            f"SELECT id, name, count, version FROM things WHERE $3::text IS NULL OR name = $3 "
            f"ORDER BY {sort_by} LIMIT $1 OFFSET $2",
            limit,
            (page - 1) * limit,
            search,
        )
        total = await db.fetch_value("SELECT count(*) FROM things")
        return Page([Thing(**row) for row in rows], Pagination.of(page=page, limit=limit, total=total))

    @get("/feed", guards=[anyone()])
    async def list_feed(db: Database, cursor: str | None = None) -> Page[Thing]:
        """Things by keyset."""
        (after,) = decode_cursor(cursor, int) if cursor else (0,)
        rows = await db.fetch(
            "SELECT id, name, count, version FROM things WHERE id > $1 ORDER BY id LIMIT 2", after
        )
        things = [Thing(**row) for row in rows]
        return Page(things, next_cursor=encode_cursor(things[-1].id) if len(things) == 2 else None)

    @get("/things/{thing_id:int}", guards=[anyone()])
    async def show_thing(thing_id: int, db: Database) -> Ok[Thing]:
        """One thing."""
        row = await db.fetch_row("SELECT id, name, count, version FROM things WHERE id = $1", thing_id)
        if row is None:
            raise NotFound
        return Ok(Thing(**row), version=row["version"])

    @post("/things", guards=[anyone()])
    async def add_thing(data: ThingCreate, db: Database) -> Created[Thing]:
        """Add a thing."""
        async with db.transaction() as tx:
            thing = await _insert(tx, data.name)
        return Created(thing, message="Made")

    @post("/parse", guards=[anyone()])
    async def parse_thing(data: ThingCreate) -> Ok[dict[str, Any]]:
        """What was understood."""
        return Ok(msgspec.to_builtins(data))

    @put("/things/{thing_id:int}", guards=[allows("things:write")])
    async def change_thing(
        thing_id: int, data: ThingChange, db: Database, caller: Principal, expected: ExpectedVersion
    ) -> Ok[Thing]:
        """Change a thing."""
        async with db.transaction(caller) as tx:
            version = await tx.fetch_value("SELECT version FROM things WHERE id = $1 FOR UPDATE", thing_id)
            if version is None:
                raise NotFound
            if expected is not None and expected != version:
                raise PreconditionFailed
            row = await tx.fetch_row(
                "UPDATE things SET name = $2, version = version + 1 WHERE id = $1 "
                "RETURNING id, name, count, version",
                thing_id,
                data.name,
            )
            tx.after_commit(Invalidate(("things",)))
        return Ok(Thing(**row), version=row["version"])

    @get("/strict/{thing_id:int}", guards=[allows("things:write")])
    async def show_strict(thing_id: int, db: Database) -> Ok[Thing]:
        """One thing, for those who write."""
        gate.runs += 1
        row = await db.fetch_row("SELECT id, name, count, version FROM things WHERE id = $1", thing_id)
        if row is None:
            raise NotFound
        return Ok(Thing(**row), version=row["version"])

    @patch("/strict/{thing_id:int}", guards=[signed_in()])
    async def change_strict(
        thing_id: int, data: StrictChange, db: Database, expected: ExpectedVersion
    ) -> Ok[Thing]:
        """Change a thing, whatever it is."""
        async with db.transaction() as tx:
            name = None if data.name is msgspec.UNSET else data.name
            row = await tx.fetch_row(
                "UPDATE things SET name = coalesce($2, name), version = version + 1 WHERE id = $1 "
                "RETURNING id, name, count, version",
                thing_id,
                name,
            )
        return Ok(Thing(**row), version=row["version"])

    @patch("/things/{thing_id:int}", guards=[signed_in()])
    async def touch_thing(thing_id: int) -> None:
        """Nothing."""

    @delete("/things/{thing_id:int}", guards=[allows("things:write"), spends("few")])
    async def remove_thing(thing_id: int, db: Database, caller: Principal) -> None:
        """Remove a thing."""
        async with db.transaction(caller) as tx:
            await tx.execute("DELETE FROM things WHERE id = $1", thing_id)

    @get("/boom", guards=[anyone()])
    async def explode() -> Ok[None]:
        """Fail."""
        raise RuntimeError("the secret of the house")

    @post("/boom", guards=[anyone()])
    async def explode_late(db: Database) -> Ok[None]:
        """Fail after a write."""
        async with db.transaction() as tx:
            await _insert(tx, "never")
            tx.after_commit(Happened("never"))
            raise RuntimeError("the secret of the house")

    @post("/once", guards=[anyone()])
    async def make_once(
        data: ThingChange,
        db: Database,
        visitor: Principal | None,
        exchange: Exchange,
        wait: bool = False,
        idempotency_key: IdempotencyKey = None,
    ) -> Created[Thing]:
        """A thing, once."""
        async with once(exchange, db, visitor, idempotency_key) as attempt:
            thing = await _insert(attempt.tx, data.name)
            if wait:
                await gate.pass_through()
            if data.name == "conflict":
                raise Conflict
            return await attempt.answer(Created(thing))

    @post("/pair", guards=[anyone(), spends("pairs")])
    async def change_pair(data: Pair, db: Database, exchange: Exchange) -> Ok[int]:
        """Change two rows in the order given: two of these deadlock."""
        gate.runs += 1
        async with db.transaction() as tx:
            await tx.execute("UPDATE things SET count = count + 1 WHERE id = $1", data.first)
            if gate.barrier is not None and exchange.attempts_left == 2:
                await gate.barrier.wait()
            await tx.execute("UPDATE things SET count = count + 1 WHERE id = $1", data.second)
            tx.after_commit(Happened(f"pair {data.first} {data.second}"))
        return Ok(exchange.attempts_left)

    @post("/sum", guards=[anyone()])
    async def add_sum(db: Database, exchange: Exchange) -> Created[Thing]:
        """A serializable read and write: two of these conflict."""
        gate.runs += 1
        async with db.transaction(isolation="serializable") as tx:
            total = await tx.fetch_value("SELECT count(*) FROM things")
            if gate.barrier is not None and exchange.attempts_left == 2:
                await gate.barrier.wait()
            thing = await _insert(tx, f"sum {total}")
        return Created(thing)

    @post("/hold", guards=[anyone()])
    async def hold(db: Database) -> Created[Thing]:
        """Write, and wait at the gate with the transaction open."""
        async with db.transaction() as tx:
            thing = await _insert(tx, "held")
            await gate.pass_through()
        return Created(thing)

    @get("/sleep", guards=[anyone()])
    async def sleep(db: Database, seconds: float = 30) -> Ok[None]:
        """A statement that takes too long."""
        await db.execute("SELECT pg_sleep($1)", seconds)
        return Ok(None)

    @get("/big", guards=[anyone()])
    async def show_big(size: int = 10_000) -> Ok[str]:
        """Much of the same."""
        return Ok("x" * size)

    @get("/cached/big", guards=[anyone()], response_cache=Cached(tags=("things",), ttl_seconds=60))
    async def show_big_cached() -> Ok[str]:
        """Much of the same."""
        return Ok("y" * 10_000)

    @get("/cached/{name:str}", guards=[anyone()], response_cache=Cached(tags=("things",), ttl_seconds=60))
    async def show_cached(name: str, visitor: Principal | None, exchange: Exchange) -> Ok[dict[str, Any]]:
        """Who asks, and how often this ran."""
        gate.runs += 1
        if name == "boom":
            raise RuntimeError("the secret of the house")
        if name == "gone":
            raise NotFound
        if name.startswith("radio-old"):
            raise exchange.moved(f"/cached/{name.replace('old', 'new')}")
        return Ok({"name": name, "who": visitor.role if visitor else None, "run": gate.runs})

    async def show_framed() -> Response[str]:
        own = {
            "content-security-policy": "sandbox",
            "x-frame-options": "SAMEORIGIN",
            "vary": "Accept, origin",
        }
        return Response("<p>framed</p>", media_type="text/html", headers=own)

    framed = get("/framed", guards=[anyone()], include_in_schema=False)(show_framed)
    cached_framed = get(
        "/framed/cached",
        guards=[anyone()],
        include_in_schema=False,
        response_cache=Cached(tags=("things",), ttl_seconds=60),
    )(show_framed)

    @post("/upload", guards=[anyone()], request_max_body_size=6 * 2**20, form=Upload)
    async def upload(data: Upload, db: Database) -> Created[int]:
        """How much was sent."""
        async with db.transaction() as tx:
            await _insert(tx, data.title)
        return Created(len(await data.file.read()))

    @get("/who", guards=[anyone()])
    async def show_who(visitor: Principal | None, exchange: Exchange) -> Ok[list[str | None]]:
        """Role and address of the caller."""
        return Ok([visitor.role if visitor else None, exchange.address])

    @get("/me", guards=[signed_in()])
    async def show_me(caller: Principal) -> Ok[str]:
        """The caller's role."""
        return Ok(caller.role)

    @get("/needs", guards=[anyone()])
    async def show_needs(
        first: int,
        second: Annotated[Day, QueryParameter(name="secondDay")],
        numbers: list[int] | None = None,
    ) -> Ok[list[Any]]:
        """What was understood of the query."""
        return Ok([first, second, numbers])

    @get("/cookie", guards=[anyone()])
    async def show_cookies(exchange: Exchange) -> Ok[list[str | None]]:
        """Two of its cookies."""
        return Ok([exchange.cookie("a"), exchange.cookie("b")])

    @post("/few", guards=[anyone(), spends("few")])
    async def spend_few(exchange: Exchange) -> Ok[str]:
        """Whom this counts as."""
        return Ok(person_of(exchange).key)

    @post("/sent", guards=[anyone(), spends("sent", gives_device=True)])
    async def take_what_was_sent() -> Ok[None]:
        """From a visitor, who is known as a device from now on."""
        return Ok(None)

    @post("/guests", guards=[anyone(), spends("mints", by_address=True)])
    async def make_guest(tokens: Tokens) -> Ok[str]:
        """A guest's token."""
        return Ok(tokens.issue("guest", uuid.uuid4().hex, timedelta(hours=1)))

    @get("/letter", guards=[anyone()])
    async def show_letter(link_token: str | None = None) -> Ok[str]:
        """For whoever has the link."""
        return Ok(link_token or "sealed")

    @get("/lines", guards=[anyone()], include_in_schema=False)
    async def stream_lines() -> Stream:
        """Lines without an end."""

        async def lines() -> AsyncIterator[bytes]:
            try:
                while True:
                    gate.runs += 1
                    yield b"x" * 65_535 + b"\n"
            finally:
                gate.reached.release()

        return Stream(lines(), media_type="text/plain")

    @get("/torn", guards=[anyone()], include_in_schema=False)
    async def show_torn() -> Response[str]:
        """A header that would be two."""
        return Response("torn", headers={"x-name": "a\r\nset-cookie: b=c"})

    @get("/secret", guards=[allows("things:write")])
    async def show_secret() -> Ok[str]:
        """For some."""
        return Ok("secret")

    handlers = [value for value in locals().values() if value not in (gate, show_framed)]
    return [Router("/", route_handlers=handlers, tags=["Lab"])]


class Lab:
    """The running product."""

    def __init__(self, services: Services, running: RunningProduct, server: LiveServer, gate: Gate) -> None:
        self.services = services
        self.running = running
        self.server = server
        self.url = server.url
        self.gate = gate
        self.happened: list[str] = []
        self._clients: list[httpx.AsyncClient] = []
        self._emptier = Emptier(services.db)

    async def empty(self) -> None:
        await self._emptier.empty()
        self.services.cache.forget_all()
        self.services.limiter._meters.clear()
        self.gate.__init__()  # type: ignore[misc]
        self.happened.clear()

    async def token(self, role: str) -> str:
        """Issue a token of a new account."""
        db = self.services.db
        account = await db.fetch_value(
            "INSERT INTO accounts (email, name, role) VALUES ($1, 'Somebody', $2) RETURNING id",
            f"{uuid.uuid4().hex}@lab.id",
            role,
        )
        return await self.token_of(account)

    async def token_of(self, account: int) -> str:
        """Issue a token of a new session of an account."""
        session = await self.services.db.fetch_value(
            "INSERT INTO account_sessions (account_id, expires_at) VALUES ($1, now() + interval '1 hour') "
            "RETURNING id",
            account,
        )
        return self.services.tokens.issue("access", str(account), timedelta(hours=1), {"sid": str(session)})

    def guest_token(self) -> str:
        """Issue the token of a new guest."""
        return self.services.tokens.issue("guest", uuid.uuid4().hex, timedelta(hours=1))

    async def http(self, role: str | None = None, **options: Any) -> httpx.AsyncClient:
        """Open a client, signed in if a role is given."""
        headers = dict(options.pop("headers", {}))
        if role is not None:
            headers["Authorization"] = f"Bearer {await self.token(role)}"
        options.setdefault("base_url", self.url)
        client = httpx.AsyncClient(headers=headers, timeout=10, **options, verify=NO_TLS)
        self._clients.append(client)
        return client

    async def raw(self, request: bytes) -> bytes:
        """Send these bytes and return what the server answers until it closes (add `Connection: close`)."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(request)
            await writer.drain()
            async with asyncio.timeout(5):
                return await reader.read()
        finally:
            writer.close()

    async def add(self, *names: str) -> list[int]:
        """Insert things with these names and return their ids."""
        return [
            await self.services.db.fetch_value("INSERT INTO things (name) VALUES ($1) RETURNING id", name)
            for name in names
        ]

    async def names(self) -> list[str]:
        """Return the names of all things."""
        return [row["name"] for row in await self.services.db.fetch("SELECT name FROM things ORDER BY id")]

    async def close_clients(self) -> None:
        for client in self._clients:
            await client.aclose()
        self._clients.clear()


@pytest.fixture(scope="session")
async def open_lab(
    fresh_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Callable[..., Awaitable[Lab]]]:
    """Provide a factory of labs with settings of their own; `under="/lab"` mounts one as the gateway does."""
    home: Path = tmp_path_factory.mktemp("lab")
    migrations = home / "migrations"
    migrations.mkdir()
    (migrations / "0001_lab.sql").write_text(TABLES)
    dsn = await fresh_database()
    await migrate(dsn, [("kernel", Path(kernel_db.__file__).parent / "migrations"), ("lab", migrations)])
    opened: list[tuple[RunningProduct, LiveServer]] = []

    async def open_one(*, gateway: bool = False, limits: ConnectionLimits | None = None, **more: Any) -> Lab:
        gate = Gate()
        product = Product(
            name="lab",
            title="Lab",
            description="A product for tests.",
            envelope=SuccessEnvelope(),
            policy=Policy({"things:write": "write things"}, {"admin": ["things:write"], "reader": []}),
            migrations=migrations,
            slices=[
                Slice(
                    name="things",
                    routes=routes(gate),
                    budgets=[
                        Budget("few", "2/hour"),
                        Budget("pairs", "100/hour"),
                        Budget("mints", "2/hour"),
                        Budget("sent", "2/hour"),
                    ],
                    guests=GuestTokens(b"x-guest", "guest"),
                )
            ],
        )
        settings = load_settings(
            "lab",
            Path("/nonexistent"),
            environ={},
            colonnade_home=home,
            **{"app_env": "test", "rate_limit_global": "100000/hour", "database_pool_size": 3, **more},
        )
        services = open_services(product, settings, dsn)
        running = RunningProduct(services, with_worker=False)
        await running.start()
        application: Any = running
        if gateway:
            application = Site([running], single=False, show_logins=False, grace_seconds=1)
        server = LiveServer(application, limits)
        await server.__aenter__()
        opened.append((running, server))
        lab = Lab(services, running, server, gate)

        async def note(event: Happened) -> None:
            lab.happened.append(event.name)

        services.dispatcher.on(Happened, note)
        return lab

    yield open_one
    for running, server in reversed(opened):
        await server.__aexit__(None, None, None)
        await running.stop(grace_seconds=1)


@pytest.fixture(scope="session")
async def lab_server(open_lab: Callable[..., Awaitable[Lab]]) -> Lab:
    """Provide the server itself; use `lab`."""
    return await open_lab(
        cors_origin=("https://www.elshaddai.id", "https://admin.elshaddai.id"),
        trusted_proxies="127.0.0.2/32, 10.0.0.0/8",
    )


@pytest.fixture
async def lab(lab_server: Lab) -> AsyncIterator[Lab]:
    """Provide an empty lab."""
    await lab_server.empty()
    yield lab_server
    await lab_server.close_clients()


def check_failure(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that the error of an answer has exactly the contract's shape, and return the error."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    error: dict[str, Any] = body["error"]
    assert {"code", "message", "timestamp", "requestId"} <= set(error)
    assert set(error) <= {"code", "message", "timestamp", "requestId", "details", "field"}
    assert error["code"] == code
    assert error["message"]
    assert datetime.fromisoformat(error["timestamp"]).tzinfo is not None
    assert error["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.elapsed < timedelta(seconds=1)
    return error


@pytest.fixture
def failure() -> Callable[[httpx.Response, int, str], dict[str, Any]]:
    """Return `failure(answer, 404, "NOT_FOUND")`, which checks the shape and returns the error."""
    return check_failure

"""A database with the storage tables, a folder storage, and an S3 storage on moto's server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib.resources import files
from pathlib import Path

import asyncpg
import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from colonnade.kernel.db import Database
from colonnade.kernel.storage import Storage, open_storage

TABLES = files("colonnade.kernel.db").joinpath("migrations/0020_storage.sql").read_text()
PICTURES = "CREATE TABLE pictures (key text PRIMARY KEY)"


@pytest.fixture
async def dsn(fresh_database: Callable[[], Awaitable[str]]) -> str:
    address = await fresh_database()
    connection = await asyncpg.connect(address)
    await connection.execute(TABLES + PICTURES)
    await connection.close()
    return address


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    database = Database(dsn)
    yield database
    await database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def storage(folder: Path) -> Storage:
    return open_storage(str(folder))


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket="pictures")
    yield endpoint
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def any_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Run the same tests against both kinds; each test has a prefix of its own."""
    if request.param == "folder":
        return open_storage(str(tmp_path / "uploads"))
    return open_storage(
        f"s3://pictures/{tmp_path.name}",
        endpoint=request.getfixturevalue("s3_endpoint"),
        access_key_id="key",
        secret_access_key="secret",
    )


async def keys_in(storage: Storage) -> set[str]:
    """Return every key in the storage except its own bookkeeping."""
    return {entry.key async for entry in storage.list() if not entry.key.startswith("private/")}


@pytest.fixture
def stored(storage: Storage) -> Callable[[], Awaitable[set[str]]]:
    return lambda: keys_in(storage)

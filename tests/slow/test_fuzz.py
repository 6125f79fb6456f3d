"""schemathesis against `/openapi.json`: no server error, no status or body that the description does not contain.

`make test-slow`. FUZZ_EXAMPLES (default 15) is the number of generated requests per operation and phase.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.app.seeding import seed_product
from colonnade.kernel.core.settings import quota_variable
from colonnade.kernel.product import Services, load_product_settings
from colonnade.kernel.testing import LiveServer, migrate_product

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "15")
CALLERS = {"radio": "admin", "dealroom": "user"}
"""The role of the caller who is signed in, by product; each is asked by a visitor too."""
# The fuzzer must not lock itself out: it calls logout, and changes roles of staff.
KEEP_CALLER = """
CREATE FUNCTION keep_caller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.role := OLD.role; NEW.is_active := OLD.is_active;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_caller BEFORE UPDATE ON accounts
FOR EACH ROW WHEN (OLD.id = {id}) EXECUTE FUNCTION keep_caller();
CREATE FUNCTION keep_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revoked_at := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_session BEFORE UPDATE ON account_sessions
FOR EACH ROW WHEN (OLD.user_agent = 'fuzzer') EXECUTE FUNCTION keep_session();
"""


@pytest.fixture(scope="module")
async def backend(
    request: pytest.FixtureRequest,
    fresh_database: Callable[[], Awaitable[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Services, str]]:
    """Provide a product with its demonstration data and limits out of reach; services and URL."""
    product = load_product(request.param)
    dsn = await fresh_database()
    await migrate_product(dsn, product)
    settings = load_product_settings(
        product,
        Path("/nonexistent"),
        environ={},
        app_env="test",
        body_limit_bytes=2**20,
        colonnade_home=tmp_path_factory.mktemp("fuzz"),
        rate_limit_global="100000000/hour",
        rate_limit_login="1000000/hour",
        rate_limit_login_address="1000000/hour",
        **{quota_variable(name).lower(): "1000000/hour" for name in product.budgets},
    )
    services = open_services(product, settings, dsn)
    running = RunningProduct(services, with_worker=False)
    await running.start()
    await seed_product(services)
    await services.db.execute(KEEP_CALLER.format(id=await _caller_id(services)))
    async with LiveServer(running) as server:
        yield services, server.url
    await running.stop(grace_seconds=2)


async def _caller_id(services: Services) -> int:
    sql = "SELECT min(id) FROM accounts WHERE role = $1"
    return await services.db.fetch_value(sql, CALLERS[services.product.name])


async def _token(services: Services) -> str:
    caller_id = await _caller_id(services)
    session = await services.db.fetch_value(
        "INSERT INTO account_sessions (account_id, expires_at, user_agent) "
        "VALUES ($1, now() + interval '1 day', 'fuzzer') RETURNING id",
        caller_id,
    )
    return services.tokens.issue("access", str(caller_id), timedelta(days=1), {"sid": str(session)})


@pytest.mark.parametrize(
    ("backend", "signed_in"),
    [(product, signed_in) for product in CALLERS for signed_in in (False, True)],
    indirect=["backend"],
)
async def test_the_api_keeps_its_word(backend, tmp_path, signed_in):
    services, url = backend
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml"), "run",
        f"{url}/openapi.json", "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful",
        "--max-examples", EXAMPLES, "--seed", "1", "--no-color",
    ]  # fmt: skip
    if signed_in:
        command += ["--header", f"Authorization: Bearer {await _token(services)}"]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE), "FUZZ_CALLER": str(await _caller_id(services))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    report = out.decode(errors="replace")
    assert process.returncode == 0, report
    assert "Server error" not in report
    assert services.db.pool.size == services.db.pool.idle

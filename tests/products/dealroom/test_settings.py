"""The contract's variables: JWT_EXPIRES_IN, RATE_LIMIT_*, BCRYPT_ROUNDS; and this product's own defaults."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.kernel.core.settings import Settings, SettingsError
from colonnade.kernel.product import load_product_settings
from colonnade.kernel.testing import Backend, migrate_product

API = "/api/v1"
PRODUCT = load_product("dealroom")


def settings(home: Path, **environ: str) -> Settings:
    return load_product_settings(
        PRODUCT,
        Path("/nonexistent"),
        environ={"COLONNADE_HOME": str(home), "APP_ENV": "test", **environ},
    )


def test_defaults_are_the_contracts(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.access_token_ttl_seconds == 86_400
    assert found.global_quota == "100/15 minutes"
    assert found.body_limit_bytes == 10_240
    assert (found.password_hash, found.bcrypt_rounds) == ("argon2id", 10)
    assert Settings().access_token_ttl_seconds == 900


def test_what_is_set_wins(tmp_path: Path) -> None:
    found = settings(tmp_path, JWT_EXPIRES_IN="90m", RATE_LIMIT_WINDOW="60000", RATE_LIMIT_MAX="7")
    assert (found.access_token_ttl_seconds, found.global_quota) == (5_400, "7/60 seconds")
    assert settings(tmp_path, RATE_LIMIT_MAX="7").global_quota == "7/900 seconds"
    assert settings(tmp_path, RATE_LIMIT_WINDOW="60000").global_quota == "100/60 seconds"
    assert settings(tmp_path, RATE_LIMIT_GLOBAL="9/minute").global_quota == "9/minute"
    assert settings(tmp_path, JWT_EXPIRES_IN="7d").access_token_ttl_seconds == 604_800
    assert settings(tmp_path, JWT_EXPIRES_IN="3600").access_token_ttl_seconds == 3_600
    assert (
        settings(tmp_path, DEALROOM_JWT_EXPIRES_IN="1h", JWT_EXPIRES_IN="2h").access_token_ttl_seconds
        == 3_600
    )
    for name, value in (("JWT_EXPIRES_IN", "soon"), ("RATE_LIMIT_MAX", "0"), ("BCRYPT_ROUNDS", "9")):
        with pytest.raises(SettingsError):
            settings(tmp_path, **{name: value})


async def test_limit_and_rounds_are_kept(
    fresh_database: Callable[[], Awaitable[str]], tmp_path: Path
) -> None:
    dsn = await fresh_database()
    await migrate_product(dsn, PRODUCT)
    found = settings(tmp_path, RATE_LIMIT_MAX="4", PASSWORD_HASH="bcrypt", BCRYPT_ROUNDS="11")
    services = open_services(PRODUCT, found, dsn)
    new: dict[str, Any] = {
        "username": "wulan",
        "email": "wulan@test.id",
        "password": "kunci-rumah-kita-77",
        "phoneNumber": "+62 857 9876 5432",
    }
    async with (
        Backend.running(services, RunningProduct(services, with_worker=False)) as backend,
        httpx.AsyncClient(base_url=backend.url) as http,
    ):
        long = await http.post(f"{API}/users", json={**new, "password": "kunci-rumah-" + "é" * 31})
        assert (long.status_code, list(long.json()["errors"])) == (422, ["password"])
        assert (await http.post(f"{API}/users", json=new)).status_code == 201
        stored = await services.db.fetch_value("SELECT password_hash FROM accounts")
        assert stored.startswith("$2b$11$")
        login = {"email": new["email"], "password": new["password"]}
        answer = await http.post(f"{API}/auth/login", json=login)
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"].startswith('"global";q=4;w=900')
        for _ in range(3):
            assert (await http.get(f"{API}/health")).status_code == 200
        assert (await http.get(f"{API}/users")).status_code == 401
        refused = await http.get(f"{API}/users")
        assert (refused.status_code, refused.json()["status"]) == (429, "error")

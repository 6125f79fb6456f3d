"""The contract's variables: JWT_EXPIRES_IN, RATE_LIMIT_*, BCRYPT_ROUNDS; this product's own defaults and settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.app.compose import RunningProduct, load_product, open_services
from colonnade.kernel.core.settings import Settings, SettingsError
from colonnade.kernel.product import load_product_settings
from colonnade.kernel.testing import NO_TLS, Backend, migrate_product
from colonnade.products.dealroom.assistant.schemas import AssistantSettings

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
    for name, value, said in (
        ("JWT_EXPIRES_IN", "soon", "must be seconds, or a duration such as 15m, 24h or 7d"),
        ("RATE_LIMIT_MAX", "0", "Input should be greater than or equal to 1"),
        ("BCRYPT_ROUNDS", "9", "Input should be greater than or equal to 10"),
        ("WHATSAPP_BASE_URL", "graph.facebook.com", "must be an address such as https://www.example.org"),
        ("WHATSAPP_BASE_URL", "https://graph.facebook.com/", "must end without a slash"),
    ):
        with pytest.raises(SettingsError) as caught:
            settings(tmp_path, **{name: value})
        assert str(caught.value) == f"{name}: {said}"


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
        httpx.AsyncClient(base_url=backend.url, verify=NO_TLS) as http,
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


@pytest.mark.parametrize(
    "environ",
    [
        {"ASSISTANT": "openai"},
        {"ASSISTANT": "openai", "ASSISTANT_BASE_URL": "https://api.openai.com/v1"},
        {"ASSISTANT": "openai", "ASSISTANT_MODEL": "m"},
    ],
)
def test_an_assistant_that_asks_a_model_needs_to_know_which_and_where(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, **environ)
    assert str(caught.value) == "ASSISTANT=openai needs ASSISTANT_BASE_URL and ASSISTANT_MODEL"


@pytest.mark.parametrize(
    "url",
    ["http://api.example.org/v1", "ftp://localhost/v1", "https://me:secret-word@example.org/v1", "https://[::1/v1",
     "https://example.org/v1?key=secret-word", "localhost:11434"],
)  # fmt: skip
def test_the_assistants_address_is_https_or_this_machine(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ASSISTANT_BASE_URL") as caught:
        settings(tmp_path, ASSISTANT_BASE_URL=url)
    assert "secret-word" not in str(caught.value)


def test_an_assistant_is_off_by_default_and_may_run_on_this_machine(tmp_path: Path) -> None:
    assert settings(tmp_path).of(AssistantSettings).assistant == "off"
    given = {
        "ASSISTANT": "OpenAI",
        "ASSISTANT_BASE_URL": "http://localhost:11434/v1",
        "ASSISTANT_MODEL": "llama3",
    }
    loaded = settings(tmp_path, **given, ASSISTANT_API_KEY="sk-very-secret")
    found = loaded.of(AssistantSettings)
    assert (found.assistant, found.human_lease_minutes) == ("openai", 30)
    assert "sk-very-secret" not in repr(loaded) + repr(found)


def test_a_model_server_inside_a_network_is_named(tmp_path: Path) -> None:
    near = {
        "ASSISTANT": "openai",
        "ASSISTANT_MODEL": "qwen",
        "ASSISTANT_BASE_URL": "http://models.internal:8000/v1",
    }
    with pytest.raises(SettingsError, match="or with ASSISTANT_PRIVATE_ADDRESS"):
        settings(tmp_path, **near)
    for name in ("10.0.0.7", "models.internal", "fd00::7"):
        found = settings(tmp_path, **near, ASSISTANT_PRIVATE_ADDRESS=name).of(AssistantSettings)
        assert found.assistant_private_address == name
    with pytest.raises(SettingsError):
        settings(tmp_path, **near, ASSISTANT_PRIVATE_ADDRESS="10.0.0.7/8")

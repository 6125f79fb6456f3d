"""Settings: which name wins, what production refuses, and that no secret is ever shown."""

from __future__ import annotations

import base64
import hashlib
import multiprocessing
import os
import secrets
import stat
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from colonnade.kernel.core import TimeZone
from colonnade.kernel.core.secrets import development_secret, prepare_home
from colonnade.kernel.core.settings import (
    Settings,
    SettingsError,
    SliceSettings,
    check_production,
    load_settings,
)

ROOT = Path(__file__).resolve().parents[3]
GOOD_SECRET = "Zk3v0QmX8sLr2TnB7yHd5cWf9aGj1eUp"
LIMIT_RANGE = "of 1 to 1,000,000,000 in a second to ten years"
GOOD_KEY = base64.b64encode(hashlib.sha256(b"a good key").digest()).decode()
NO_FILE = Path("/nonexistent/.env")


class YardSettings(SliceSettings):
    """The settings of a slice."""

    yard_timezone: TimeZone = "Asia/Jakarta"
    yard_mail: str | None = None


def load(environ: dict[str, str], product: str | None = None, env_file: Path = NO_FILE) -> Settings:
    return load_settings(
        product, env_file, environ=environ, slices=[YardSettings], budgets=["uploads", "yard-visits"]
    )


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


def test_slices_and_budgets_are_read_along(home: str) -> None:
    environ = {
        "COLONNADE_HOME": home,
        "RADIO_YARD_TIMEZONE": "Asia/Makassar",
        "YARD_TIMEZONE": "Asia/Jayapura",
        "RATE_LIMIT_YARD_VISITS": "7/day",
        "RADIO_RATE_LIMIT_UPLOADS": "3/hour",
    }
    settings = load(environ, "radio")
    assert settings.of(YardSettings) == YardSettings(yard_timezone="Asia/Makassar")
    assert settings.quotas == {"uploads": "3/hour", "yard-visits": "7/day"}
    assert load({**environ, "PORT": "3100"}).of(YardSettings).yard_timezone == "Asia/Jayapura"
    changed = settings.including(YardSettings(yard_mail="a@example.org"), quotas={"uploads": "1/hour"})
    assert changed.of(YardSettings) == YardSettings(yard_mail="a@example.org")
    assert changed.quotas == {"uploads": "1/hour", "yard-visits": "7/day"}
    assert settings.quotas["uploads"] == "3/hour"


def test_every_problem_is_named_at_once(home: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({"COLONNADE_HOME": home, "PORT": "x", "YARD_TIMEZONE": "Mars", "RATE_LIMIT_UPLOADS": "often"})
    assert str(caught.value) == (
        "YARD_TIMEZONE: must be a time zone such as Asia/Jakarta; "
        f"RATE_LIMIT_UPLOADS: must be a limit such as 100/minute or 5/15 minutes, {LIMIT_RANGE}; "
        "PORT: Input should be a valid integer, unable to parse string as an integer"
    )


def test_product_value_wins_wherever_it_is_set(tmp_path: Path, home: str) -> None:
    file = tmp_path / ".env"
    file.write_text("RADIO_PORT=3100\nPORT=3200\nRADIO_APP_VERSION=from-file\n")
    environ = {"PORT": "3300", "COLONNADE_HOME": home, "RADIO_APP_VERSION": "from-environment"}
    radio = load(environ, "radio", file)
    shop = load(environ, "shop", file)
    assert (radio.port, radio.app_version) == (3100, "from-environment")
    assert (shop.port, shop.app_version) == (3300, "1.0.0")


def test_environment_wins_over_the_file_and_empty_counts_as_unset(tmp_path: Path, home: str) -> None:
    file = tmp_path / ".env"
    file.write_text("HOST=0.0.0.0\nLOG_LEVEL=DEBUG\nYARD_MAIL=\n")
    settings = load(
        {"HOST": "::1", "LOG_LEVEL": "  ", "REDIS_URL": "", "COLONNADE_HOME": home}, env_file=file
    )
    assert (settings.host, settings.log_level) == ("::1", "debug")
    assert settings.of(YardSettings).yard_mail is None
    assert settings.redis_url is None


def test_node_env_is_an_alias_and_app_env_wins(home: str) -> None:
    assert load({"NODE_ENV": "test", "COLONNADE_HOME": home}).app_env == "test"
    assert (
        load({"NODE_ENV": "test", "APP_ENV": "development", "COLONNADE_HOME": home}).app_env == "development"
    )


def test_origins_of_both_names_are_joined_and_reduced(home: str) -> None:
    settings = load(
        {
            "FRONTEND_URL": "https://Radio.example/app/, http://localhost:8080",
            "CORS_ORIGIN": "http://localhost:8080,https://admin.example",
            "COLONNADE_HOME": home,
        }
    )
    assert settings.allowed_origins == (
        "https://radio.example",
        "http://localhost:8080",
        "https://admin.example",
    )


def test_the_servers_own_origin_is_one_of_development(home: str) -> None:
    """A page of this server may use passkeys, on whatever port it runs."""
    usual = ("http://localhost:3000", "http://localhost:3001", "http://localhost:5173")
    assert load({"COLONNADE_HOME": home}).allowed_origins == usual
    assert load({"COLONNADE_HOME": home, "PORT": "8101"}).allowed_origins == (*usual, "http://localhost:8101")
    named = {"FRONTEND_URL": "https://radio.example", "PORT": "8101", "COLONNADE_HOME": home}
    assert load(named).allowed_origins == ("https://radio.example",)


def test_defaults_of_the_contract(home: str) -> None:
    settings = load({"COLONNADE_HOME": home}, "radio")
    assert (settings.port, settings.access_token_ttl_seconds, settings.body_limit_bytes) == (
        3000,
        900,
        1_048_576,
    )
    assert settings.rate_limit_global == "1000/hour"
    assert settings.rate_limit_login == "5/15 minutes"
    assert settings.quotas == {}
    assert settings.of(YardSettings).yard_timezone == "Asia/Jakarta"
    assert settings.upload_location == f"{home}/radio/uploads"
    assert load({"COLONNADE_HOME": home, "UPLOAD_PATH": "s3://b/p"}).upload_location == "s3://b/p"


def test_trusted_proxies_are_networks(home: str) -> None:
    settings = load({"TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1,fd00::/8", "COLONNADE_HOME": home})
    assert settings.trusted_proxies == tuple(
        ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1/32", "fd00::/8")
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NODE_ENV", "staging", "Input should be 'development', 'production' or 'test'"),
        ("JWT_EXPIRES_IN", "24hours", "must be seconds, or a duration such as 15m, 24h or 7d"),
        ("PASSKEY_DOMAIN", "https://example.org", "must be a domain such as example.org"),
        ("PASSKEY_DOMAIN", "foo_bar", "must be a domain such as example.org"),
        ("RADIO_REFRESH_TOKEN_TTL_SECONDS", "soon", "must be seconds, or a duration such as 15m, 24h or 7d"),
        (
            "RADIO_RATE_LIMIT_UPLOADS",
            "often",
            f"must be a limit such as 100/minute or 5/15 minutes, {LIMIT_RANGE}",
        ),
        *(
            (name, value, "must be an address such as https://www.example.org")
            for name, value in [
                ("PUBLIC_URL", "foo"),
                ("PUBLIC_URL", "api.example.org"),
                ("PUBLIC_URL", "https://"),
                ("PUBLIC_URL", "https://api example.org"),
                ("PUBLIC_URL", "https://user:hunter2@api.example.org"),
                ("PUBLIC_URL", "https://api.example.org/?a=b"),
                ("PUBLIC_URL", "https://api.example.org:99999"),
                ("RADIO_PUBLIC_URL", "ftp://api.example.org"),
                ("OIDC_ISSUER", "login.example.org"),
                ("PASSWORD_BREACH_URL", "pwned"),
                ("S3_ENDPOINT", "minio:9000"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
            ]
        ),
    ],
)
def test_an_error_names_the_setting_as_it_is_written(name: str, value: str, said: str, home: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({name: value, "COLONNADE_HOME": home}, "radio")
    assert str(caught.value) == f"{name}: {said}"


def test_addresses_stay_as_they_are_written(home: str) -> None:
    assert load({"PASSKEY_DOMAIN": "Example.org", "COLONNADE_HOME": home}).passkey_domain == "example.org"
    for address in ("http://localhost:3000", "https://[::1]:8443/api/", "https://münchen.example/radio"):
        assert load({"PUBLIC_URL": address, "COLONNADE_HOME": home}).public_url == address


def test_a_line_of_the_file_that_cannot_be_read_is_named(tmp_path: Path, home: str) -> None:
    file = tmp_path / ".env"
    file.write_text('PORT=3100\n# a comment\nMAIL_FROM="El Shaddai" <a@b.c>\nHOST=::1\n')
    with pytest.raises(SettingsError) as caught:
        load({"COLONNADE_HOME": home}, env_file=file)
    assert str(caught.value).startswith(f"{file}, line 3 cannot be read: write NAME=value; ")
    assert "a@b.c" not in str(caught.value)
    file.write_text("export PORT=3100\nMAIL_FROM='\"El Shaddai\" <a@b.c>'\nHOST\nDEMO = off # for now\n")
    settings = load({"COLONNADE_HOME": home}, env_file=file)
    assert (settings.port, settings.mail_from, settings.demo) == (3100, '"El Shaddai" <a@b.c>', False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "hunter2"),
        ("APP_ENV", "hunter2"),
        ("RATE_LIMIT_YARD_VISITS", "hunter2"),
        ("RATE_LIMIT_LOGIN", "0/day"),
        ("CORS_ORIGIN", "hunter2"),
        ("CORS_ORIGIN", "https://user:hunter2@host"),
        ("TRUSTED_PROXIES", "hunter2"),
        ("YARD_TIMEZONE", "hunter2"),
        ("FIELD_KEY", "hunter2"),
        ("FIELD_KEYS", f"a:{GOOD_KEY},b:hunter2"),
        ("ACCESS_TOKEN_TTL_SECONDS", "-1"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_not_shown(name: str, value: str, home: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load({name: value, "COLONNADE_HOME": home})
    assert name in str(caught.value)
    assert value not in str(caught.value)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMIT_LOGIN", "5/0 minutes"),
        ("RATE_LIMIT_YARD_VISITS", "5/999999999999999 hours"),
        ("RATE_LIMIT_GLOBAL", "99999999999999999999/hour"),
        ("RATE_LIMIT_GLOBAL", f"{'7' * 5000}/hour"),
        ("RATE_LIMIT_MAX", "9999999999"),
        ("RATE_LIMIT_WINDOW", "9999999999999"),
        ("PORT", "65536"),
        ("PORT", "-7"),
        ("SMTP_PORT", "0"),
        ("WORKERS", "0"),
        ("WORKERS", "1000"),
        ("DATABASE_POOL_SIZE", "-7"),
        ("DATABASE_STATEMENT_TIMEOUT_SECONDS", "0"),
        ("DATABASE_STATEMENT_TIMEOUT_SECONDS", "0.0001"),
        ("DATABASE_LOCK_TIMEOUT_SECONDS", "inf"),
        ("DATABASE_ACQUIRE_TIMEOUT_SECONDS", "nan"),
        ("DATABASE_IDLE_TRANSACTION_TIMEOUT_SECONDS", "1e300"),
        ("SHUTDOWN_GRACE_SECONDS", "nan"),
        ("BODY_LIMIT_BYTES", "-7"),
        ("BODY_LIMIT_BYTES", "99999999999999"),
        ("SESSION_TTL_SECONDS", "9999999w"),
        ("HELD_JOB_DAYS", "0"),
    ],
)
def test_an_absurd_number_is_refused(name: str, value: str, home: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}: "):
        load({name: value, "COLONNADE_HOME": home})


def test_no_secret_in_a_repr(home: str) -> None:
    secrets = {
        "JWT_SECRET": "hunter2-jwt",
        "FIELD_KEY": GOOD_KEY,
        "DATABASE_URL": "postgresql://u:hunter2-db@h/d",
        "REDIS_URL": "redis://:hunter2-redis@h",
        "SMTP_PASSWORD": "hunter2-smtp",
        "RESEND_API_KEY": "hunter2-resend",
        "AWS_ACCESS_KEY_ID": "hunter2-id",
        "AWS_SECRET_ACCESS_KEY": "hunter2-aws",
        "AWS_SESSION_TOKEN": "hunter2-token",
    }
    settings = load(secrets | {"COLONNADE_HOME": home})
    assert settings.jwt_secret is not None
    assert settings.jwt_secret.get_secret_value() == "hunter2-jwt"
    assert settings.database_url == "postgresql://u:hunter2-db@h/d"
    for text in (repr(settings), str(settings)):
        assert "hunter2" not in text
        assert GOOD_KEY not in text


def test_field_keys_come_before_the_single_key(home: str) -> None:
    other = base64.urlsafe_b64encode(bytes(range(100, 132))).decode().rstrip("=")
    settings = load({"FIELD_KEYS": f"b:{other}, a:{GOOD_KEY}", "FIELD_KEY": GOOD_KEY, "COLONNADE_HOME": home})
    assert list(settings.field_key_ring().items()) == [
        ("b", bytes(range(100, 132))),
        ("a", base64.b64decode(GOOD_KEY)),
        ("k1", base64.b64decode(GOOD_KEY)),
    ]


def production(**changes: str) -> Settings:
    environ = {
        "APP_ENV": "production",
        "JWT_SECRET": GOOD_SECRET,
        "FIELD_KEY": GOOD_KEY,
        "CORS_ORIGIN": "https://radio.example",
        "DATABASE_URL": "postgresql://radio@db.example/radio",
    }
    return load(environ | changes)


def test_production_accepts_good_settings() -> None:
    assert check_production(production()) == []
    assert check_production(production(REDIS_URL="redis://h"), workers=4) == []
    assert check_production(production(DATABASE_URL="", EMBEDDED_DATABASE="Allowed")) == []
    assert check_production(production(CORS_ORIGIN="http://radio.lan", HTTPS_ONLY="false")) == []
    assert check_production(production(CORS_ORIGIN="http://localhost:3000,http://radio.localhost")) == []
    assert check_production(production(GOOGLE_CLIENT_ID="g", PUBLIC_URL="https://radio.example")) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"JWT_SECRET": ""}, "JWT_SECRET"),
        ({"JWT_SECRET": "s" * 40}, "JWT_SECRET"),
        ({"JWT_SECRET": GOOD_SECRET[:31]}, "JWT_SECRET"),
        ({"JWT_SECRET": "change-me-" + GOOD_SECRET}, "JWT_SECRET"),
        ({"JWT_SECRET": "abcdefgh" * 4}, "JWT_SECRET"),
        ({"JWT_SECRET": "k7Qz1mWx9Rt4Lp2Vn8Bc" * 2}, "JWT_SECRET"),
        ({"JWT_SECRET": "abcdefghijklmnopqrstuvwxyz0123456789"}, "JWT_SECRET"),
        ({"JWT_SECRET": "aabbccddeeffgghhiijjkkllmmnnooppqqrr"}, "JWT_SECRET"),
        ({"METRICS_TOKEN": "metrics"}, "METRICS_TOKEN"),
        ({"FIELD_KEY": base64.b64encode(b"abcdefgh" * 4).decode()}, "FIELD_KEY"),
        ({"FIELD_KEY": base64.b64encode(bytes(range(32))).decode()}, "FIELD_KEY"),
        ({"FIELD_KEY": ""}, "FIELD_KEY"),
        ({"FIELD_KEY": base64.b64encode(bytes(31)).decode()}, "FIELD_KEY"),
        ({"FIELD_KEY": base64.b64encode(bytes(32)).decode()}, "FIELD_KEY"),
        ({"CORS_ORIGIN": "*"}, "CORS_ORIGIN"),
        ({"FRONTEND_URL": "*"}, "FRONTEND_URL"),
        ({"CORS_ORIGIN": "https://*.radio.example"}, "CORS_ORIGIN"),
        ({"CORS_ORIGIN": "https://radio.example,http://www.radio.example"}, "CORS_ORIGIN"),
        ({"FRONTEND_URL": "http://localhost.radio.example"}, "FRONTEND_URL"),
        ({"WORKERS": "2"}, "REDIS_URL"),
        ({"DATABASE_URL": ""}, "EMBEDDED_DATABASE"),
        ({"GOOGLE_CLIENT_ID": "google-web"}, "PUBLIC_URL"),
        ({"OIDC_ISSUER": "https://login.example", "PUBLIC_URL": "http://radio.example"}, "PUBLIC_URL"),
    ],
)
def test_production_refuses_and_names_the_setting(changes: dict[str, str], named: str) -> None:
    problems = check_production(production(**changes))
    assert len(problems) == 1
    assert named in problems[0]
    for value in changes.values():
        assert len(value) < 2 or value not in problems[0]


@pytest.mark.parametrize(
    "secret",
    [
        "REPLACE_ME_WITH_A_LONG_RANDOM_SECRET_VALUE",
        "ReplaceMeWithARandomSigningKeyPlease",
        "a-string-secret-at-least-256-bits-long",
        "mysupersecretjwtkeyforproduction",
        "P4ssw0rd-P4ssw0rd-P4ssw0rd-2024!",
        "password123password123password123",
        "qwertyuiopasdfghjklzxcvbnm123456",
        "0123456789abcdefghijklmnopqrstuv",
        "1234567890abcdef1234567890abcdef",
        "deadbeefdeadbeefdeadbeefdeadbeef",
        "dev-8f3k2m9x1qdev-8f3k2m9x1qdev-8f3k2m9x1q!!",
        "dev-key-9f2dev-key-9f2dev-key-9f2-tail",
        *(
            getattr(hashlib, name)(word).hexdigest()
            for name in ("md5", "sha1", "sha256", "sha512")
            for word in (b"", b"secret", b"password", b"password\n")
        ),
        base64.b64encode(hashlib.sha256(b"secret").digest()).decode(),
        hashlib.sha256(b"").hexdigest().upper(),
    ],
)
def test_production_refuses_what_can_be_guessed(secret: str) -> None:
    assert len(secret) >= 32
    for name in ("JWT_SECRET", "METRICS_TOKEN"):
        (problem,) = check_production(production(**{name: secret}))
        assert problem.startswith(name)


def test_production_refuses_the_hash_of_a_word_as_a_field_key() -> None:
    for word in (b"", b"secret", b"password"):
        key = base64.b64encode(hashlib.sha256(word).digest()).decode()
        assert len(check_production(production(FIELD_KEY=key))) == 1


@pytest.mark.parametrize(
    "secret",
    [
        "secretary exchange orbit lantern muffin",
        "unchanged-secretion-harbour-violin-tulip",
        "kuda-laut-berenang-di-kolam-senja-biru",
        "7d9f2c1e-4b7a-4e0f-9d57-0a6d2f7c1b34",
    ],
)
def test_production_takes_passphrases_with_such_words_inside_of_others(secret: str) -> None:
    assert check_production(production(JWT_SECRET=secret)) == []


@pytest.mark.parametrize(
    "make",
    [secrets.token_hex, secrets.token_urlsafe, lambda size: base64.b64encode(secrets.token_bytes(size))],
)
def test_production_takes_every_random_secret(make: Callable[[int], str | bytes]) -> None:
    for _ in range(300):
        for size in (16, 32, 48):
            made = make(size)
            text = made.decode() if isinstance(made, bytes) else made
            if len(text) >= 32:
                assert check_production(production(JWT_SECRET=text)) == []
    for _ in range(300):
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        assert check_production(production(FIELD_KEY=key)) == []


def test_production_makes_no_secrets(home: str) -> None:
    settings = production(COLONNADE_HOME=home, JWT_SECRET="", FIELD_KEY="")
    assert (settings.jwt_secret, settings.field_key) == (None, None)
    assert not Path(home).exists()
    assert check_production(settings, workers=2) == [
        "JWT_SECRET is missing",
        "FIELD_KEYS (or FIELD_KEY) is missing: make one with `echo 1:$(openssl rand -base64 32)`",
        "REDIS_URL is missing: several workers need it",
    ]


def test_https_is_demanded_in_production_unless_a_setting_says_otherwise(home: str) -> None:
    assert production().demands_https
    assert not production(HTTPS_ONLY="false").demands_https
    assert not load({"COLONNADE_HOME": home}).demands_https
    assert load({"COLONNADE_HOME": home, "HTTPS_ONLY": "true"}).demands_https


def test_development_is_not_held_to_it(home: str) -> None:
    assert check_production(load({"CORS_ORIGIN": "*", "JWT_SECRET": "x", "COLONNADE_HOME": home})) == []


def test_development_secrets_are_made_once_per_product_and_private(home: str) -> None:
    first, again = (load({"COLONNADE_HOME": home}, "radio") for _ in range(2))
    other = load({"COLONNADE_HOME": home}, "shop")
    assert first.jwt_secret == again.jwt_secret
    assert first.jwt_secret != other.jwt_secret
    assert first.field_key_ring() == again.field_key_ring()
    assert list(first.field_key_ring()) == ["dev"]
    assert len(first.field_key_ring()["dev"]) == 32
    directory = Path(home) / "secrets"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert files == dict.fromkeys(
        [".lock", "radio.jwt_secret", "radio.field_key", "shop.jwt_secret", "shop.field_key"], 0o600
    )


def test_a_damaged_secret_file_is_named(home: str) -> None:
    load({"COLONNADE_HOME": home})
    (Path(home) / "secrets" / "jwt_secret").write_text("")
    with pytest.raises(SettingsError, match=r"secrets/jwt_secret is damaged\. Delete it"):
        load({"COLONNADE_HOME": home})


def test_a_secret_file_with_a_wide_mode_is_closed_again(home: str) -> None:
    value = development_secret(Path(home), "token")
    path = Path(home) / "secrets" / "token"
    path.chmod(0o644)
    assert development_secret(Path(home), "token") == value
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_ask_at_once_get_one_secret(home: str) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(8) as pool:
        values = pool.starmap(development_secret, [(Path(home), "race")] * 32)
    assert len(set(values)) == 1


def test_an_existing_home_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    prepare_home(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750
    made = prepare_home(tmp_path / "made")
    assert stat.S_IMODE(made.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)

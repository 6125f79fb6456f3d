"""Which unknown names count as misspelt, and which are left to other programs."""

from __future__ import annotations

import pytest

from colonnade.kernel.core.settings import setting_names, setting_prefix
from colonnade.kernel.core.spelling import find_misspelt

KNOWN = setting_names("radio") | setting_names("dealroom")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("JWT_SECERT", "JWT_SECRET"),
        ("jwt_secret", "JWT_SECRET"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("REDIS_URI", "REDIS_URL"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("WORKER", "WORKERS"),
        ("SMTP_PASS", "SMTP_PASSWORD"),
        ("RADIO_JWT_SECERT", "RADIO_JWT_SECRET"),
        ("RADO_JWT_SECRET", "RADIO_JWT_SECRET"),
        ("DEALROM_PORT", "DEALROOM_PORT"),
        ("NODE_ENW", "NODE_ENV"),
        ("JWT_EXPIRE_IN", "JWT_EXPIRES_IN"),
    ],
)
def test_the_nearest_name(name: str, nearest: str) -> None:
    assert find_misspelt([name], KNOWN) == {name: nearest}


def test_names_of_other_programs() -> None:
    foreign = [
        "PATH",
        "HOME",
        "LANG",
        "TZ",
        "USER",
        "SHELL",
        "POSTGRES_PASSWORD",
        "POSTGRES_DB",
        "PGHOST",
        "VITE_PUBLIC_URL",
        "NEXT_PUBLIC_URL",
        "TEST_DATABASE_URL",
        "OPENAI_API_KEY",
        "AWS_PROFILE",
        "COMPOSE_PROJECT_NAME",
        "COLONNADE_CHROMIUM",
        "NODE_VERSION",
    ]
    assert find_misspelt(foreign, KNOWN) == {}


def test_known_names() -> None:
    assert find_misspelt(KNOWN, KNOWN) == {}
    assert {"PORT", "RADIO_PORT", "NODE_ENV", "RADIO_NODE_ENV"} <= setting_names("radio")
    assert "RADIO_PORT" not in setting_names("dealroom")
    assert "PRODUCT" not in setting_names()
    assert setting_prefix("a-b") == "A_B_"

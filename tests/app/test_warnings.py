"""Warnings that do not stop a command: misspelt settings, short secrets, an open port."""

from __future__ import annotations

import json

import httpx
import pytest

from colonnade.kernel.testing.command import Installation

MISSPELT = "warning: settings: {} ({}) is unknown and ignored; the nearest is {}"
SHORT = (
    "warning: settings: JWT_SECRET is shorter than 32 bytes: anyone who has a token can brute-force it; "
    "production refuses it"
)


def said(installation: Installation, *arguments: str, **environment: str) -> list[str]:
    """Run a command that succeeds; return its standard error."""
    done = installation.run(*arguments, **environment)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


def test_a_misspelt_setting_is_named_with_the_nearest(settled: Installation) -> None:
    file = settled.folder / ".env"
    file.write_text("JWT_SECERT=pa55word\nVITE_PUBLIC_URL=pa55word\nPORT=3100\nPOSTGRES_PASSWORD=pa55word\n")
    lines = said(settled, "routes", RADIO_PROT="3000", DATABSE_URL="somebody else's", RADIO_ANTENNA="tall")
    assert lines == [
        MISSPELT.format("JWT_SECERT", ".env", "JWT_SECRET"),
        MISSPELT.format("RADIO_PROT", "environment", "RADIO_PORT"),
    ]
    assert lines == said(settled, "migrate", "radio", RADIO_PROT="3000")
    (line, _) = said(settled, "migrate", "radio", RADIO_PROT="3000", LOG_FORMAT="json")
    entry = json.loads(line)
    assert (entry["level"], entry["event"]) == ("warning", lines[0].removeprefix("warning: "))
    done = settled.run("doctor", "radio")
    assert done.returncode == 0
    assert done.stdout.startswith(
        "warn  spelling  JWT_SECERT (.env) is unknown\n      → Call it JWT_SECRET.\nok    radio: settings  "
    )


@pytest.mark.parametrize("name", ["JWT_SECRET", "RADIO_JWT_SECRET"])
def test_a_short_secret_is_a_warning_in_development(settled: Installation, name: str) -> None:
    secret = {name: "kJ8-only-31-bytes-long-qwertzui"}
    assert said(settled, "migrate", "radio", **secret) == [SHORT]
    assert said(settled, "migrate", "radio", **{name: secret[name] + "1"}) == []
    done = settled.run("doctor", "radio", **secret)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == [
        "warn  radio: settings  JWT_SECRET is shorter than 32 bytes: anyone who has a token can brute-force it",
        "      → APP_ENV=production refuses it.",
    ]


def test_an_open_port_is_a_warning_in_development(settled: Installation) -> None:
    up = settled.up("radio", "--host", "0.0.0.0")
    assert httpx.get(f"{up.url}/health").status_code == 200
    assert up.stderr.splitlines()[0] == (
        "warning: 0.0.0.0 is open to the network, and APP_ENV=development is not made for it: known passwords, "
        "no HTTPS. Listen on 127.0.0.1 (--host), or set APP_ENV=production"
    )
    assert up.stop() == 0
    quiet = settled.up("radio", HOST="localhost")
    assert "warning" not in quiet.stderr
    assert quiet.stop() == 0


def test_a_role_that_must_have_a_second_factor_and_that_nobody_has(settled: Installation) -> None:
    unknown = "{} names {}, and El Shaddai FM has no such role: admin, editor, penyiar"
    up = settled.up("radio", MFA_REQUIRED_ROLES="boss, admin,user")  # dealroom has users
    assert f"warning: settings: {unknown.format('MFA_REQUIRED_ROLES', 'boss')}" in up.stderr.splitlines()
    own = {"RADIO_MFA_REQUIRED_ROLES": "user"}
    done = settled.run("doctor", "radio", **own)
    assert done.returncode == 0
    assert (
        f"warn  radio: roles  {unknown.format('RADIO_MFA_REQUIRED_ROLES', 'user')}\n"
        "      → Its accounts need no second factor: correct the name, or make the role.\n"
    ) in done.stdout
    assert up.stop() == 0
    quiet = settled.up("radio", RADIO_MFA_REQUIRED_ROLES="editor,penyiar")
    assert "MFA_REQUIRED_ROLES" not in quiet.stderr
    assert quiet.stop() == 0

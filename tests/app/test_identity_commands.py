"""`colonnade audit`, `keys` and `access` as an operator uses them, with the database of a product."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from colonnade.kernel.audit import AuditSigner, link_entries, record
from colonnade.kernel.core import FieldCipher
from colonnade.kernel.db import Database
from colonnade.kernel.testing.command import Installation, new_installation

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def keys_text(*names: str) -> str:
    known = {"old": OLD, "new": NEW}
    return ",".join(f"{name}:{base64.b64encode(known[name]).decode()}" for name in names)


class Station:
    """A migrated radio database and an installation whose commands work on it."""

    def __init__(self, installation: Installation, dsn: str) -> None:
        self.installation, self.dsn = installation, dsn
        installation.environment |= {
            "DATABASE_URL": dsn,
            "FIELD_KEYS": keys_text("old"),
            "LOG_FORMAT": "console",
        }
        self.db = Database(dsn, signer=AuditSigner({"old": OLD}, "radio"))

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run a command that ends with `code`; return its standard output, and its error line after it."""
        done = self.installation.run(*arguments, **environment)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr if code else done.stdout

    async def write_log(self, *numbers: int) -> None:
        for number in numbers:
            async with self.db.transaction() as tx:
                await record(tx, action="thing.made", actor="cli", target=("thing", number))


@pytest.fixture(scope="module")
def own_installation(room: Path) -> Iterator[Installation]:
    with new_installation(room) as installation:
        yield installation


@pytest.fixture
async def station(own_installation: Installation, migrated_database: Callable[[], Awaitable[str]]) -> Any:
    station = Station(own_installation, await migrated_database())
    yield station
    await station.db.close()


async def test_audit_verify_finds_a_changed_row(station: Station) -> None:
    await station.write_log(1, 2, 3)
    said = station.run("audit", "verify", "radio").splitlines()
    assert said[0] == "El Shaddai FM: 3 entries, intact"
    mark = said[1].removeprefix("Mark: ")
    assert mark.startswith("3:")
    assert station.run("audit", "verify", "radio", "--expect", mark).splitlines() == said
    connection = await asyncpg.connect(station.dsn)
    await connection.execute("GRANT ALL ON audit.entries TO CURRENT_USER")
    await connection.execute("ALTER TABLE audit.entries DISABLE TRIGGER USER")
    await connection.execute("UPDATE audit.entries SET target_id = '9' WHERE position = 2")
    said = station.run("audit", "verify", "radio", code=1).splitlines()
    assert said[0] == "El Shaddai FM: 3 entries, NOT intact"
    assert "2\tchanged\tentry 2 is not as it was written" in said
    assert said[-1] == "error: The audit log of radio is not as it was written."
    await connection.execute("UPDATE audit.entries SET target_id = '2' WHERE position = 2")
    await connection.execute("DELETE FROM audit.entries WHERE position = 3")
    await connection.close()
    said = station.run("audit", "verify", "radio", "--expect", mark, code=1).splitlines()
    assert "3\tremoved\tentry 3 is gone" in said


@pytest.mark.parametrize("mark", ["x", "3", "3:abc", ":" + "0" * 64, "3:" + "g" * 64])
async def test_audit_verify_takes_only_marks(station: Station, mark: str) -> None:
    said = station.run("audit", "verify", "radio", "--expect", mark, code=2)
    assert "--expect takes the mark of an earlier verification" in said


async def test_audit_export(station: Station) -> None:
    await station.write_log(1, 2)
    lines = [json.loads(line) for line in station.run("audit", "export", "radio").splitlines()]
    assert [(line["position"], line["target"]["id"]) for line in lines] == [(1, "1"), (2, "2")]
    assert station.run("audit", "export", "radio", "--action", "other") == ""
    assert station.run("audit", "export", "radio", "--until", "2020-01-01") == ""


async def test_keys_reencrypt_until_the_old_key_can_go(station: Station) -> None:
    station.run("admin", "create", "radio", "--email", "a@test.id", "--name", "A", "--role", "admin")
    old = FieldCipher({"old": OLD})
    for number in range(3):
        identity = f"00000000-0000-4000-8000-00000000000{number}"
        place = f"prayer_requests.content:{identity}"
        await station.db.execute(
            "INSERT INTO prayer_requests (id, content, visibility, is_anonymous) VALUES ($1, $2, 'private', true)",
            identity,
            old.encrypt(f"prayer {number}", place=place),
        )
    await station.db.execute(
        "INSERT INTO account_totp (account_id, secret) VALUES (1, $1)",
        old.encrypt("JBSWY3DPEHPK3PXP", place="account_totp.secret:1"),
    )
    await station.write_log(1)
    await link_entries(station.db)
    said = station.run("keys", "list", "radio")
    assert "prayer_requests.content\told\t3" in said
    assert "account_totp.secret\told\t1" in said
    # Nothing opens without the old key; what cannot be read is left alone and said.
    refused = station.run("keys", "reencrypt", "radio", code=1, FIELD_KEYS=keys_text("new"))
    assert "The audit log" in refused or "the audit log" in refused
    said = station.run("keys", "reencrypt", "radio", "--batch", "2", FIELD_KEYS=keys_text("new", "old"))
    assert said.splitlines() == [
        "El Shaddai FM: account_totp.secret: 1 value rewritten",
        "El Shaddai FM: prayer_requests.content: 3 values rewritten",
        "El Shaddai FM: prayer_requests.name: 0 values rewritten",
        "El Shaddai FM: prayer_requests.contact: 0 values rewritten",
    ]
    new = FieldCipher({"new": NEW})
    for row in await station.db.fetch("SELECT id, content FROM prayer_requests"):
        assert new.decrypt(row["content"], place=f"prayer_requests.content:{row['id']}").startswith("prayer ")
    said = station.run("keys", "list", "radio", FIELD_KEYS=keys_text("new"))
    assert "prayer_requests.content\tnew\t3" in said
    assert "\told\t" not in said
    said = station.run("audit", "verify", "radio", FIELD_KEYS=keys_text("new"))
    assert said.splitlines()[0] == "El Shaddai FM: 4 entries, intact"
    entries = [json.loads(line) for line in station.run("audit", "export", "radio").splitlines()]
    assert [(entry["action"], entry["target"]["id"]) for entry in entries] == [
        ("account.created", "1"),
        ("thing.made", "1"),
        ("keys.reencrypted", "account_totp.secret"),
        ("keys.reencrypted", "prayer_requests.content"),
    ]
    # Not even what is written about the key has more than its id.
    assert entries[2]["after"] == {"key": "new", "values": 1}


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA", "RS256"])
async def test_a_key_that_was_made_signs(station: Station, algorithm: str) -> None:
    line = station.run("keys", "create", "--algorithm", algorithm, "--id", "fresh").strip()
    assert line.startswith(f"fresh:{algorithm}:")
    said = station.run("keys", "list", "radio", JWT_KEYS=line)
    assert f"fresh\t{algorithm}\tsigns" in said
    assert said.count("verifies") == 1  # JWT_SECRET of the development
    assert line.rpartition(":")[2] not in said


async def test_a_field_key_that_was_made_encrypts(station: Station) -> None:
    line = station.run("keys", "create", "--field", "--id", "fresh").strip()
    name, _, encoded = line.partition(":")
    assert (name, len(base64.b64decode(encoded))) == ("fresh", 32)
    station.run("keys", "reencrypt", "radio", FIELD_KEYS=f"{line},{keys_text('old')}")


@pytest.mark.parametrize(
    "keys",
    ["x", "a:HS256:AAAA", "a:none:AAAA", f"a:EdDSA:{base64.b64encode(OLD).decode()}", "a:RS256:%%%", ":HS256:AAAA",
     f"a:HS256:{base64.b64encode(OLD).decode()},a:HS256:{base64.b64encode(NEW).decode()}"],
)  # fmt: skip
async def test_keys_that_are_none_are_refused_without_being_shown(station: Station, keys: str) -> None:
    said = station.run("keys", "list", "radio", code=1, JWT_KEYS=keys)
    assert "error: JWT_KEYS: " in said
    assert base64.b64encode(OLD).decode() not in said


async def test_access_explain(station: Station) -> None:
    station.run("admin", "create", "radio", "--email", "rina@test.id", "--name", "Rina", "--role", "editor")
    said = station.run(
        "access", "explain", "radio", "--user", "RINA@test.id", "--permission", "articles:create"
    )
    assert said.splitlines()[:5] == [
        "El Shaddai FM: allowed",
        "  Account 1 (Rina) has the role 'editor'.",
        "  The role is built in: its permissions are in the product's policy.",
        "  The role has 'articles:create' (write articles).",
        "  The account has 0 live sessions.",
    ]
    assert "  It opens: POST /articles" in said
    said = station.run("access", "explain", "radio", "--user", "1", "--permission", "staff:manage", code=1)
    assert said.splitlines()[0] == "El Shaddai FM: not allowed"
    assert "The role does not have 'staff:manage'" in said
    assert "Roles that have it: admin." in said
    await station.db.execute("UPDATE accounts SET is_active = false")
    said = station.run("access", "explain", "radio", "--user", "1", "--permission", "articles:create", code=1)
    assert "  The account is deactivated: it may do nothing." in said
    said = station.run("access", "explain", "--user", "9", "--permission", "articles:create", "radio", code=1)
    assert said.splitlines()[1] == "  There is no account 9."
    said = station.run("access", "explain", "radio", "--user", "1", "--permission", "article:create", code=1)
    assert said.splitlines()[1].startswith(
        "  The product has no permission 'article:create'. Did you mean articles:create"
    )


async def test_admin_reset_factors(station: Station) -> None:
    """The way out for the only administrator, who cannot ask another one."""
    station.run("admin", "create", "radio", "--email", "ina@test.id", "--name", "Ina", "--role", "admin")
    refused = station.run("admin", "reset-factors", "radio", "--email", "ina@test.id", code=1)
    assert refused == "error: This account has no second factor. (ina@test.id)\n"
    secret = FieldCipher({"old": OLD}).encrypt("JBSWY3DPEHPK3PXP", place="account_totp.secret:1")
    await station.db.execute(
        "INSERT INTO account_totp (account_id, secret, confirmed_at) VALUES (1, $1, now())", secret
    )
    await station.db.execute(
        "INSERT INTO account_recovery_codes (account_id, code_hash) VALUES (1, sha256('x'))"
    )
    await station.db.execute(
        "INSERT INTO account_sessions (account_id, expires_at) VALUES (1, now() + interval '1 hour')"
    )
    said = station.run("admin", "reset-factors", "radio", "--email", "INA@test.id")
    assert said == "Account 1: second factors removed, signed out everywhere, a mail is queued\n"
    for table in ("account_totp", "account_recovery_codes"):
        assert await station.db.fetch_value(f"SELECT count(*) FROM {table}") == 0
    ended = await station.db.fetch_value("SELECT array_agg(end_reason) FROM account_sessions")
    assert ended == ["factors-reset"]
    entries = [json.loads(line) for line in station.run("audit", "export", "radio").splitlines()]
    assert entries[0]["after"] == {"role": "admin"}
    assert [(entry["action"], entry["actor"]["id"], entry["target"]["id"]) for entry in entries] == [
        ("account.created", "cli", "1"),
        ("session.ended", "cli", "1"),
        ("account.factors-reset", "cli", "1"),
    ]
    unknown = station.run("admin", "reset-factors", "radio", "--email", "nobody@test.id", code=1)
    assert unknown == "error: There is no such account. (nobody@test.id)\n"

"""Creates a cluster, and checks an existing one without changing it. Out of scope: starting the server."""

from __future__ import annotations

import shutil
from pathlib import Path

from colonnade.kernel.db._postgres_account import EmbeddedPostgresError, current_account
from colonnade.kernel.db._postgres_site import Site, major_version, remember_site
from colonnade.kernel.db.acting import actor_roles

__all__ = ["ROLE", "SUPERUSER", "check_cluster", "create_cluster", "log_reason"]

ROLE = "colonnade"
"""The role of `dsn()`: creates and owns the products' databases; not a superuser, as in production."""

SUPERUSER = "postgres"

_INITIAL_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
}
"""Written to postgresql.conf once; administrators may change them there."""


def create_cluster(site: Site, *, durable: bool) -> None:
    """Run initdb beside the final place, then rename: a half-made cluster is never taken for a complete one."""
    draft = site.root / "data.incomplete"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if site.account != current_account():
        shutil.chown(draft, site.account.uid, site.account.gid)
    _initdb(site, draft)
    roles = "".join(
        f"{line};\n" for line in (f"CREATE ROLE {ROLE} LOGIN CREATEDB NOINHERIT", *actor_roles(ROLE))
    )
    single = [str(site.binaries / "postgres"), "--single", "-D", str(draft)]
    done = site.account.run([*single, "-c", "log_min_messages=error", "postgres"], stdin=roles)
    if done.returncode or "ERROR" in done.stderr:
        raise EmbeddedPostgresError(f"Setting up PostgreSQL failed: {log_reason(done.stderr)}.")
    if durable:
        site.account.run([str(site.binaries / "initdb"), "--sync-only", "-D", str(draft)])
    draft.rename(site.data)
    remember_site(site)


def _initdb(site: Site, target: Path) -> None:
    command = [str(site.binaries / "initdb"), "-D", str(target), "-U", SUPERUSER, "--auth=peer"]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    # One sync at the end, after the roles were created, instead of two.
    command += ["--no-sync", "--no-instructions"]
    command += [f"--set={name}={value}" for name, value in _INITIAL_SETTINGS.items()]
    # The builtin provider sorts; pg_trgm and citext still ask the C library which characters are letters.
    for character_type in ("C.UTF-8", "en_US.UTF-8", "C"):
        done = site.account.run([*command, f"--lc-ctype={character_type}"])
        if done.returncode == 0:
            return
        if "locale" not in done.stderr:
            break
    raise EmbeddedPostgresError(f"Setting up PostgreSQL in {site.root} failed: {log_reason(done.stderr)}.")


def check_cluster(site: Site) -> None:
    file = site.data / "PG_VERSION"
    try:
        found = file.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{site.data} is not a PostgreSQL data directory (no PG_VERSION). Nothing was changed; restore a "
            "backup, or move it away to start afresh."
        ) from None
    if found != str(major_version()):
        raise EmbeddedPostgresError(
            f"{site.data} was made by PostgreSQL {found[:10]!r}, this is {major_version()}. Nothing was "
            "changed; transfer the data with the version that made it (pg_dumpall), or move it away "
            "to start afresh."
        )


def log_reason(lines: str) -> str:
    """Return the line of a log that states the reason, a FATAL or PANIC if there is one, without its prefix."""
    for mark in ("PANIC:", "FATAL:", "error:", "ERROR:", ""):
        for line in lines.splitlines():
            if line.strip() and mark in line:
                return line.partition(mark)[2].strip().rstrip(".") if mark else line.strip().rstrip(".")
    return "no reason was given"

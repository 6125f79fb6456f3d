"""The account of the embedded server: PostgreSQL refuses to run as root, so root gives it another account.

Runs single commands as that account with a clean environment.

Out of scope: changing the mode of files.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "SERVICE_ACCOUNT",
    "Account",
    "EmbeddedPostgresError",
    "current_account",
    "owner_of",
    "service_account",
]

SERVICE_ACCOUNT = "colonnade-pg"


class EmbeddedPostgresError(Exception):
    """The embedded database cannot be used; the message is one line and says what to do."""


@dataclass(frozen=True)
class Account:
    """A system account; `name` is None for a uid without an entry in the password database."""

    uid: int
    gid: int
    name: str | None

    def run(
        self,
        command: list[str],
        *,
        stdin: str | None = None,
        new_session: bool = False,
        timeout_seconds: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` as this account from `/`; return its output and exit code, whatever they are."""
        # PG* variables of the caller (PGOPTIONS, PGDATA, PGPORT ...) must not reach the server.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        other = os.geteuid() != self.uid
        if "LD_LIBRARY_PATH" in os.environ and not other:
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        return subprocess.run(
            command,
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env=environment,
            umask=0o077,
            start_new_session=new_session,
            timeout=timeout_seconds,
            user=self.uid if other else None,
            group=self.gid if other else None,
            extra_groups=[] if other else None,
        )

    def can_enter(self, directory: Path) -> bool:
        return self._succeeds('cd "$1" 2>/dev/null', directory)

    def can_read(self, file: Path) -> bool:
        return self._succeeds('test -r "$1"', file)

    def write(self, file: Path, text: str) -> None:
        """Write a file as this account, so that root follows no link that the account made. Raise OSError."""
        done = self.run(["/bin/sh", "-c", 'cat > "$1"', "sh", str(file)], stdin=text)
        if done.returncode:
            raise OSError(f"{file}: {done.stderr.strip()}")

    def _succeeds(self, script: str, path: Path) -> bool:
        if os.geteuid() == self.uid:
            access = os.X_OK if path.is_dir() else os.R_OK
            return os.access(path, access)
        return self.run(["/bin/sh", "-c", script, "sh", str(path)]).returncode == 0


def current_account() -> Account:
    """Return the account of this process. Raise EmbeddedPostgresError if it has no name."""
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL cannot run as uid {uid}, which has no entry in /etc/passwd; "
            "run Colonnade as a named user or set DATABASE_URL."
        ) from None
    return Account(uid, entry.pw_gid, entry.pw_name)


def owner_of(path: Path) -> Account:
    """Return the account that owns `path`; it may have no name (a volume filled by another container)."""
    status = path.lstat()
    try:
        name = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        name = None
    return Account(status.st_uid, status.st_gid, name)


def service_account() -> Account:
    """Return the account that root runs PostgreSQL as; create it if missing, without home, shell and password.

    Raise EmbeddedPostgresError if it cannot be created.
    """
    advice = "run Colonnade as a normal user or set DATABASE_URL."
    if sys.platform == "darwin":
        raise EmbeddedPostgresError(f"PostgreSQL refuses to run as root; {advice}")
    try:
        entry = pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        failure = _create_service_account()
        try:
            # useradd also fails if another process has just created it: what counts is that it exists.
            entry = pwd.getpwnam(SERVICE_ACCOUNT)
        except KeyError:
            raise EmbeddedPostgresError(
                f"PostgreSQL refuses to run as root and the account {SERVICE_ACCOUNT} cannot be made "
                f"({failure}); {advice}"
            ) from None
    if entry.pw_uid == 0:
        raise EmbeddedPostgresError(f"The account {SERVICE_ACCOUNT} has uid 0; remove it, or {advice}")
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _create_service_account() -> str:
    """Run useradd or busybox's adduser; return the reason in case it failed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    useradd, adduser = shutil.which("useradd", path=path), shutil.which("adduser", path=path)
    if useradd:
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/bin/false", "--comment", "Colonnade's embedded PostgreSQL", SERVICE_ACCOUNT]
    elif adduser:
        command = [adduser, "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/bin/false", SERVICE_ACCOUNT]
    else:
        return "neither useradd nor adduser is installed"
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return (
        done.stderr.strip().splitlines()[-1] if done.returncode and done.stderr.strip() else "no reason given"
    )

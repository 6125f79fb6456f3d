"""Installs and builds the peers: npm ci and esbuild, prisma generate, a virtual environment.

Only npm's and Python's registries are used, with the hashes of the lock files. `prisma generate` would download a
schema engine that it never runs; any executable in PRISMA_SCHEMA_ENGINE_BINARY prevents that. npm runs no scripts.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from harness import settings
from harness.wanted import FASTAPI, FASTIFY, PEER, PEER_TUNED


class PeerMissing(Exception):
    """Node.js or npm is missing, or the build failed."""


def ensure_built(names: Iterable[str]) -> float:
    """Build what the peers `names` lack, or have older than its sources; return the seconds. Raises PeerMissing."""
    began, wanted = time.perf_counter(), set(names)
    if wanted & {PEER, PEER_TUNED, FASTIFY} and not (shutil.which("node") and shutil.which("npm")):
        raise PeerMissing("The peers need Node.js 20.19 or later and npm.")
    if wanted & {PEER, PEER_TUNED}:
        _install(settings.EXPRESS)
        _build_express()
    if FASTIFY in wanted:
        _install(settings.FASTIFY)
    if FASTAPI in wanted:
        _make_environment()
    return time.perf_counter() - began


def fastapi_python() -> Path:
    """Return the interpreter of FastAPI's environment, whose folder is named after what is installed in it."""
    return settings.HOME / "environments" / f"fastapi-{_digest([_fastapi_lock()])[:12]}" / "bin" / "python"


def _fastapi_lock() -> Path:
    return settings.FASTAPI / "requirements.lock"


def _install(folder: Path) -> None:
    installed = folder / "node_modules" / ".colonnade-lock"
    lock = _digest([folder / "package-lock.json"])
    if not installed.exists() or installed.read_text() != lock:
        _run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_text(lock)


def _build_express() -> None:
    folder = settings.EXPRESS
    built = folder / "dist" / ".colonnade-sources"
    sources = _digest(
        [
            folder / "package-lock.json",
            folder / "prisma" / "schema.prisma",
            *sorted((folder / "src").glob("*.ts")),
        ]
    )
    if not built.exists() or built.read_text() != sources:
        _run(folder, "npm", "run", "--silent", "generate")
        _run(folder, "npm", "run", "--silent", "build")
        built.write_text(sources)


def _make_environment() -> None:
    python = fastapi_python()
    folder = python.parent.parent
    if (folder / ".complete").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    _run(settings.FASTAPI, sys.executable, "-m", "venv", str(folder))
    _run(
        settings.FASTAPI,
        *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--require-hashes", "--requirement", str(_fastapi_lock())),
    )
    (folder / ".complete").touch()


def _digest(files: list[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _run(folder: Path, *command: str) -> None:
    environment = os.environ | {
        "PRISMA_SCHEMA_ENGINE_BINARY": shutil.which("true") or "/bin/true",
        "PRISMA_HIDE_UPDATE_MESSAGE": "1",
        "CHECKPOINT_DISABLE": "1",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    }
    finished = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise PeerMissing(f"{' '.join(command)} failed:\n{finished.stdout}{finished.stderr}")

"""Installs and builds the peer: npm ci, prisma generate, esbuild.

Only npm's registry is used. `prisma generate` would download a schema engine that it never runs; any executable
in PRISMA_SCHEMA_ENGINE_BINARY prevents that. Package scripts are not run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess

from harness import settings


class PeerMissing(Exception):
    """Node.js or npm is missing, or the build failed."""


def ensure_built() -> None:
    """Build what is missing or older than its sources. Raises PeerMissing."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise PeerMissing("The peer needs Node.js 20.19 or later and npm.")
    installed = settings.PEER / "node_modules" / ".colonnade-lock"
    lock = hashlib.sha256((settings.PEER / "package-lock.json").read_bytes()).hexdigest()
    if not installed.exists() or installed.read_text() != lock:
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_text(lock)
    built = settings.PEER / "dist" / ".colonnade-sources"
    sources = _sources()
    if not built.exists() or built.read_text() != sources:
        _npm("run", "--silent", "generate")
        _npm("run", "--silent", "build")
        built.write_text(sources)


def _sources() -> str:
    digest = hashlib.sha256()
    files = [settings.PEER / "package-lock.json", settings.PEER / "prisma" / "schema.prisma"]
    files += sorted((settings.PEER / "src").glob("*.ts"))
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _npm(*arguments: str) -> None:
    environment = os.environ | {
        "PRISMA_SCHEMA_ENGINE_BINARY": shutil.which("true") or "/bin/true",
        "PRISMA_HIDE_UPDATE_MESSAGE": "1",
        "CHECKPOINT_DISABLE": "1",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    }
    finished = subprocess.run(
        ["npm", *arguments], cwd=settings.PEER, env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise PeerMissing(f"npm {' '.join(arguments)} failed:\n{finished.stdout}{finished.stderr}")

"""`make up` before anything is installed: pip's progress and errors, from a small index of our own."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import pty
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


def make_wheel(name: str) -> bytes:
    """Build a package with nothing but what pip demands."""
    files = {
        f"{name}.py": b"",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{name}-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        path: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        for path, content in files.items()
    }
    record = "".join(f"{path},sha256={digests[path]},{len(content)}\n" for path, content in files.items())
    files[f"{name}-1.0.dist-info/RECORD"] = f"{record}{name}-1.0.dist-info/RECORD,,\n".encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
    return buffer.getvalue()


class Index(ThreadingHTTPServer):
    """A package index; it serves the wheel of `second` once `gate` is opened."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), IndexHandler)
        self.wheels = {name: make_wheel(name) for name in ("first", "second")}
        self.gate = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"

    def lock(self) -> str:
        """Write a lock file of both packages, and of one for another platform."""
        pinned = [
            f"{name}==1.0 \\\n    --hash=sha256:{hashlib.sha256(wheel).hexdigest()}\n"
            for name, wheel in self.wheels.items()
        ]
        other = f"third==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:{'0' * 64}\n"
        return "# A comment.\n" + "".join(pinned) + other


class IndexHandler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        name = self.path.strip("/").split("/")[-1].split("-")[0]
        wheel = self.server.wheels.get(name)
        body, kind = b"", "text/html"
        if wheel is not None and self.path.startswith("/simple/"):
            file = f"{name}-1.0-py3-none-any.whl"
            body = f'<a href="/files/{file}">{file}</a>'.encode()
        elif wheel is not None:
            assert name != "second" or self.server.gate.wait(PATIENCE_SECONDS)
            body, kind = wheel, "application/octet-stream"
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def index() -> Iterator[Index]:
    """Serve the index."""
    with Index() as index:
        threading.Thread(target=index.serve_forever, daemon=True).start()
        yield index
        index.gate.set()
        index.shutdown()


@pytest.fixture(scope="module")
def environment_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a virtual environment, to be copied."""
    folder = tmp_path_factory.mktemp("venv") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


@pytest.fixture
def copy(tmp_path: Path, environment_template: Path, index: Index) -> Path:
    """Copy a checkout whose lock file names the index's packages; Colonnade itself is installed already."""
    venv = tmp_path / ".venv"
    shutil.copytree(environment_template, venv, symlinks=True)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "requirements.lock").write_text(index.lock())
    for path in (tmp_path / "pyproject.toml", venv / ".installed-pyproject.toml"):
        path.write_text("")
    (venv / "bin" / "colonnade").touch(mode=0o755)
    return tmp_path


def begin(copy: Path, index: Index, **streams: int) -> subprocess.Popen[str]:
    own = {"PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.Popen(
        ["sh", "scripts/setup.sh", "runtime"],
        cwd=copy,
        env=environment | own | {"PROGRESS_SECONDS": "1", "VENV": ".venv"},
        stdin=subprocess.DEVNULL,
        text=True,
        **streams,
    )


def installed(copy: Path) -> list[str]:
    return sorted(path.name for path in copy.glob(".venv/lib/python3*/site-packages/*-1.0.dist-info"))


def test_a_pipe_gets_a_line_every_few_seconds(copy: Path, index: Index) -> None:
    setup = begin(copy, index, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert setup.stdout is not None
    said = ""
    for line in setup.stdout:
        said += line
        if line.startswith("  downloading: 2 of 2 packages (second), "):
            index.gate.set()
    assert setup.wait(PATIENCE_SECONDS) == 0
    assert index.gate.is_set(), said
    assert said.startswith(
        "Installing the packages of requirements.lock (a minute or two the first time) ...\n"
    )
    assert installed(copy) == ["first-1.0.dist-info", "second-1.0.dist-info"]
    assert list(copy.glob(".venv/.pip*")) == []
    again = begin(copy, index, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert again.communicate(timeout=PATIENCE_SECONDS) == ("", None)
    assert again.returncode == 0


def test_in_a_terminal_one_line_moves(copy: Path, index: Index) -> None:
    ours, its = pty.openpty()
    setup = begin(copy, index, stdout=its, stderr=its)
    os.close(its)
    said = b""
    while True:
        try:
            said += os.read(ours, 4096)
        except OSError:  # the terminal is closed when nobody is left in it
            break
        if b"\r\x1b[K  downloading: 2 of 2 packages (second), " in said:
            index.gate.set()
    os.close(ours)
    assert setup.wait(PATIENCE_SECONDS) == 0
    assert index.gate.is_set(), said
    assert said.endswith(b"\r\x1b[K")
    assert said.count(b"\n") == 1


def test_what_pip_complains_of_is_shown(copy: Path, index: Index) -> None:
    index.gate.set()
    del index.wheels["second"]
    setup = begin(copy, index, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, complaint = setup.communicate(timeout=PATIENCE_SECONDS)
    assert setup.returncode == 1
    assert "ERROR: No matching distribution found for second==1.0" in complaint
    assert complaint.splitlines()[-1] == (
        "The packages of requirements.lock could not be installed; is the network there? Then again: the same command."
    )
    assert installed(copy) == []
    assert not (copy / ".venv" / ".installed-requirements.lock").exists()


def test_a_file_that_is_not_the_one_locked_is_refused(copy: Path, index: Index) -> None:
    index.gate.set()
    index.wheels["first"] = make_wheel("second")
    setup = begin(copy, index, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, complaint = setup.communicate(timeout=PATIENCE_SECONDS)
    assert setup.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in complaint
    assert installed(copy) == []

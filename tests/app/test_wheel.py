"""An installed package, built as it is published: its files, and where it keeps its data."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flit_core import buildapi

from colonnade.kernel.testing.command import Installation, RunningCommand, new_installation

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from colonnade.app.cli import main; main()"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return folder / buildapi.build_wheel(str(folder))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel once and return the folder: the first run compiles everything that it imports."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def installed(site: Path, room: Path) -> Iterator[Installation]:
    """Provide an installation whose Colonnade is the wheel, without COLONNADE_HOME."""
    with new_installation(room) as installation:
        del installation.environment["COLONNADE_HOME"]
        data = installation.base / "users data"
        installation.environment |= {"PYTHONPATH": str(site), "XDG_DATA_HOME": str(data)}
        installation.home = data / "colonnade"  # as platformdirs has it on Linux
        yield installation


def test_licences_and_metadata_are_in_the_archives(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        folder = f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"
        for name in ("LICENSE", "NOTICE"):
            assert archive.read(f"{folder}/licenses/{name}") == (ROOT / name).read_bytes()
        metadata = archive.read(f"{folder}/METADATA").decode().split("\n\n")[0].splitlines()
    assert "License-Expression: MIT" in metadata
    assert "Author: The Colonnade authors" in metadata
    assert "Provides-Extra: workers" in metadata
    assert not any("://" in line for line in metadata)


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    source = ROOT / "src"
    files = {
        str(file.relative_to(source))
        for file in (source / "colonnade").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert "colonnade/products/dealroom/assistant/rules/words/plain/en.txt" in files
    with zipfile.ZipFile(wheel) as archive:
        assert files <= set(archive.namelist())


def test_the_source_archive_has_what_contributors_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    name = buildapi.build_sdist(str(tmp_path))
    with tarfile.open(tmp_path / name) as archive:
        files = {member.name.partition("/")[2] for member in archive.getmembers()}
    assert {"LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"} <= files
    assert "src/colonnade/kernel/db/migrations/0001_identity.sql" in files


def storage(installation: Installation, **environment: str) -> str:
    """Return where `doctor` finds the uploads."""
    done = subprocess.run(
        [*COMMAND, "doctor", "radio"],
        env=installation.environment | environment,
        cwd=installation.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if "radio: storage" in line]
    return line.removeprefix("ok    radio: storage  can be written to: ")


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_DATA_HOME is for Linux; macOS has one place alone")
def test_data_lives_in_the_users_data_folder(installed: Installation, template: Path) -> None:
    installed.home.parent.mkdir()
    installed.copy_from(template)
    up = RunningCommand([*COMMAND, "up", "radio", "--port", "0"], installed.environment, installed.folder)
    try:
        up.wait_until_ready()
        assert f"Data           {installed.home}\n" in up.stdout
        assert httpx.get(f"{up.url}/articles", timeout=20).json()["pagination"]["total"] > 0
        assert installed.postgres_pid() is not None
        assert up.stop() == 0
    finally:
        up.kill_group()
    assert list(installed.folder.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_DATA_HOME is for Linux; macOS has one place alone")
def test_a_folder_of_its_own_and_a_setting_win(installed: Installation) -> None:
    assert storage(installed) == f"{installed.home}/radio/uploads"
    here = installed.folder / ".colonnade"
    here.mkdir()
    assert storage(installed) == f"{here}/radio/uploads"
    elsewhere = installed.base / "elsewhere"
    assert storage(installed, COLONNADE_HOME=str(elsewhere)) == f"{elsewhere}/radio/uploads"


def test_a_checkout_keeps_its_data_in_the_current_folder(installed: Installation) -> None:
    del installed.environment["PYTHONPATH"]
    assert storage(installed) == f"{installed.folder}/.colonnade/radio/uploads"


def test_a_product_is_begun_with_what_is_installed(installed: Installation, site: Path) -> None:
    folder = installed.folder
    for arguments in (["product", "desk"], ["slice", "desk", "lamps"]):
        subprocess.run(
            [*COMMAND, "new", *arguments],
            env=installed.environment,
            cwd=folder,
            capture_output=True,
            check=True,
        )
        folder = installed.folder / "desk"
    assert "from desk.lamps.slice import SLICE as LAMPS" in (folder / "src/desk/product.py").read_text()
    # With this file type checkers read the types of an installed package.
    assert (site / "colonnade" / "py.typed").is_file()

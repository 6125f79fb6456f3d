"""A product of another package, written by `colonnade new`, checked, tested, installed with pip, and served."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from colonnade.kernel.testing.command import Installation, RunningCommand, new_installation

TOOLS = Path(sys.executable).parent
SITE = sysconfig.get_paths()["purelib"]
MAIN = "from colonnade.app.cli import main; main()"


@pytest.fixture(scope="module")
def desk(room: Path, template: Path) -> Iterator[Installation]:
    """Provide an installation whose folder is the project of a product `desk` with a second slice."""
    with new_installation(room) as installation:
        installation.copy_from(template)
        made = installation.run("new", "product", "desk")
        assert (made.returncode, made.stderr) == (0, "")
        assert made.stdout.endswith(
            "\nNext:\n  cd desk\n  pip install -e '.[dev]'\n  colonnade up desk\n  pytest\n"
        )
        installation.folder = installation.folder / "desk"
        added = installation.run("new", "slice", "desk", "line_items")
        assert (added.returncode, added.stderr) == (0, "")
        yield installation


@pytest.fixture(scope="module")
def python(desk: Installation) -> str:
    """Return the Python of an environment into which pip has installed the product; it also sees our packages."""
    environment = desk.base / "env"
    run(desk, sys.executable, "-m", "venv", "--without-pip", str(environment))
    (site,) = environment.glob("lib/python3.*/site-packages")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({SITE!r})\n")
    python = str(environment / "bin" / "python")
    pip = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")
    run(desk, python, *pip, str(desk.folder))
    assert (site / "desk" / "migrations" / "0002_line_items.sql").is_file()
    return python


def run(desk: Installation, *command: str, **environment: str) -> str:
    """Run a command in the project's folder and return its output; fail if it fails."""
    done = subprocess.run(
        command,
        env=desk.environment | {"TMPDIR": str(desk.base)} | environment,
        cwd=desk.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def start(desk: Installation, python: str, *arguments: str, **environment: str) -> RunningCommand:
    return RunningCommand([python, "-c", MAIN, *arguments], desk.environment | environment, desk.folder)


def test_style(desk: Installation) -> None:
    run(desk, str(TOOLS / "ruff"), "check", "--no-cache", ".")
    run(desk, str(TOOLS / "ruff"), "format", "--check", "--no-cache", ".")


def test_contracts(desk: Installation, python: str) -> None:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    assert ", 0 broken" in run(desk, python, "-c", script)


@pytest.mark.slow
def test_types(desk: Installation) -> None:
    run(desk, sys.executable, "-m", "mypy", "--cache-dir", str(desk.base / "mypy"))


def test_its_own_tests(desk: Installation, python: str, postgres_dsn: str) -> None:
    tests = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
    said = run(desk, python, "-c", tests, "-p", "no:cacheprovider", TEST_DATABASE_URL=postgres_dsn)
    assert "43 passed" in said


def sign_in(url: str, role: str) -> httpx.Client:
    login = {"email": f"{role}@desk.test", "password": f"{role}-desk-demo"}
    answer = httpx.post(f"{url}/auth/login", json=login, timeout=20)
    assert answer.status_code == 200, answer.text
    token = answer.json()["data"]["accessToken"]
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20)


def test_it_is_served_where_the_variable_names_it(desk: Installation) -> None:
    """By `.env` of the current folder: for the server, its two processes, the one that seeds, and the worker."""
    (desk.folder / ".env").write_text("COLONNADE_PRODUCTS=desk.product:PRODUCT\n")
    up = start(desk, sys.executable, "up", "--workers", "2", "--port", "0", PYTHONPATH="src")
    try:
        up.wait_until_ready()
        assert "… Desk: demonstration data" in up.stderr
        with sign_in(f"{up.url}/desk", "member") as member:
            assert member.get("/items").json()["data"] == []
        worker = start(desk, sys.executable, "worker", "desk", PYTHONPATH="src")
        try:
            worker.wait_for("worker ready")
            assert worker.stop() == 0
        finally:
            worker.kill_group()
        assert up.stop() == 0
    finally:
        up.kill_group()
        (desk.folder / ".env").unlink()


def test_it_is_served_where_it_is_installed(desk: Installation, python: str) -> None:
    up = start(desk, python, "up", "desk", "--port", "0")
    try:
        up.wait_until_ready()
        with sign_in(up.url, "admin") as admin, sign_in(up.url, "member") as member:
            for path in ("/items", "/line-items"):
                made = admin.post(path, json={"name": "First"})
                assert made.status_code == 201, made.text
                number = made.json()["data"]["id"]
                listed = admin.get(path).json()
                assert [each["name"] for each in listed["data"]] == ["First"]
                assert listed["pagination"]["total"] == 1
                changed = admin.patch(
                    f"{path}/{number}", json={"note": "Seen"}, headers={"If-Match": made.headers["etag"]}
                )
                assert (changed.status_code, changed.json()["data"]["version"]) == (200, 2)
                assert admin.post(path, json={"name": "First"}).status_code == 409
                assert admin.delete(f"{path}/{number}").status_code == 204
                assert httpx.get(up.url + path).status_code == 401
            assert member.get("/items").status_code == 200
            assert member.post("/items", json={"name": "Second"}).status_code == 403
            assert member.get("/line-items").status_code == 403
        assert up.stop() == 0
    finally:
        up.kill_group()


def test_the_commands_know_it(desk: Installation, python: str) -> None:
    (site,) = Path(python).parents[1].glob("lib/python3.*/site-packages")
    desk.environment["PYTHONPATH"] = str(site)
    try:
        routes = desk.run("routes", "desk").stdout
        assert "GET\t/line-items\tline-items:read\t" in routes
        assert '"/line-items/{line_item_id}"' in desk.run("openapi", "desk").stdout
        assert desk.run("migrate", "desk").returncode == 0
        status = desk.run("migrate", "desk", "--status")
        assert "desk_0002\tline_items\tapplied" in status.stdout
        assert desk.run("seed", "desk").returncode == 0
        assert desk.run("seed", "desk").stdout == "Desk: has accounts already, nothing written\n"
        looked_at = desk.run("doctor")
        assert looked_at.returncode == 0
        assert "ok    desk: database  PostgreSQL 18" in looked_at.stdout
        assert "DESK_JWT_SECRET" not in desk.run("settings", "desk").stdout
    finally:
        del desk.environment["PYTHONPATH"]

"""The check of commit messages, called by git itself, and how `make dev` installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORM = "The subject of this commit does not have the form `area: imperative sentence`:"
NO_AREA = 'Begin with the area that it changes, in small letters, and a colon and a space: "cache: …".'
NO_ORDER = "is no imperative: begin with a verb as in an order (add, not added or adds)."

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in the copy, without this account's git configuration."""
    identity = {
        f"GIT_{who}_{what}": "ana@test.id" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", **identity}

    def execute(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path / "copy", env=environment, capture_output=True, text=True, check=check
        )

    return execute


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy what `make dev` needs of this folder, with everything installed already; no repository yet."""
    folder = tmp_path / "copy"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (folder / ".venv" / "bin" / "colonnade").touch(mode=0o755)
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock"):
        shutil.copy(ROOT / name, folder)
        shutil.copy(ROOT / name, folder / ".venv" / f".installed-{name}")
    return folder


@pytest.fixture
def repository(copy: Path, run: Run) -> Path:
    """Create a repository in which `make dev` has been called."""
    run("git", "init", "--quiet", "--initial-branch=main")
    done = run("make", "dev")
    assert done.stderr == ""
    return copy


def commit(run: Run, message: str, *options: str) -> subprocess.CompletedProcess[str]:
    return run("git", "commit", "--allow-empty", f"--message={message}", *options, check=False)


@pytest.mark.parametrize(
    "message",
    [
        "cache: serve stale answers while a new one is made",
        "limits, cache: seed both windows",
        "products/radio: focus the first field\n\nBecause nobody finds it.",
        f"mail: {'é' * 66}",
        "mail: process what waits",
        "Merge branch 'main'",
        'Revert "mail: drop what waits"',
        "fixup! mail: whatever it was called, at any length, since a rebase folds it away anyway",
        "squash! mail: what",
        "amend! mail: what",
    ],
)
def test_what_is_let_through(repository: Path, run: Run, message: str) -> None:
    done = commit(run, message)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("git", "log", "--format=%B").stdout.strip() == message


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ("serve stale answers", NO_AREA),
        ("Cache: serve stale answers", NO_AREA),
        ("cache:serve stale answers", NO_AREA),
        ("cache: ", NO_AREA),
        (f"mail: {'é' * 67}", "It has 73 characters; 72 is the most. Move details into the body."),
        ("mail: send at once.", "Leave out the full stop at its end."),
        ("mail: send at once\nbecause it waits", "Leave the second line blank."),
        ("mail: added a queue", f'"added" {NO_ORDER}'),
        ("mail: Adding a queue", f'"Adding" {NO_ORDER}'),
        ("mail: sends at once", f'"sends" {NO_ORDER}'),
        ("mail: the queue waits", '"the" is no verb: begin with one (add, keep, refuse, move).'),
        ("mail: what waits", '"what" is no verb: begin with one (add, keep, refuse, move).'),
        ("mail: queue is kept", '"queue is" states a fact: say what the commit does to the code (keep, not is kept).'),
    ],
)  # fmt: skip
def test_what_is_refused_and_how_it_is_mended(
    repository: Path, run: Run, message: str, complaint: str
) -> None:
    done = commit(run, message)
    assert done.returncode == 1
    subject = message.rstrip().split("\n")[0]
    assert done.stderr.splitlines() == [
        FORM,
        f"  {subject}",
        f"  - {complaint}",
        "An example: cache: serve stale answers while a new one is made",
        "The message is kept in .git/COMMIT_EDITMSG. Mend it with `git commit --edit --file=.git/COMMIT_EDITMSG`.",
    ]
    assert run("git", "log", check=False).stdout == ""
    assert commit(run, message, "--no-verify").returncode == 0


def test_everything_wrong_is_said_at_once(repository: Path, run: Run) -> None:
    said = commit(run, f"mail: queues {'x' * 70}.\nbody").stderr
    assert "It has 84 characters" in said
    assert "Leave the second line blank." in said
    assert "Leave out the full stop" in said
    assert '"queues" is no imperative' in said


def test_comments_of_the_editor_are_no_message(repository: Path, run: Run, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "\\n; note\\nmail: send at once\\n; note\\n\\nIt waits.\\n" >"$1"\n')
    editor.chmod(0o755)
    run("git", "-c", "core.commentChar=;", "-c", f"core.editor={editor}", "commit", "--allow-empty")
    assert run("git", "log", "--format=%B").stdout == "mail: send at once\n\nIt waits.\n\n"
    editor.write_text("#!/bin/sh\n")
    nothing = run("git", "-c", f"core.editor={editor}", "commit", "--allow-empty", check=False)
    assert nothing.stderr == "Aborting commit due to empty commit message.\n"


def test_a_worktree_and_a_revision_without_the_check(repository: Path, run: Run, tmp_path: Path) -> None:
    run("git", "add", "scripts")
    assert commit(run, "scripts: add the check").returncode == 0
    run("git", "worktree", "add", "--quiet", str(tmp_path / "other"))
    in_worktree = ("git", "-C", str(tmp_path / "other"), "commit", "--allow-empty")
    assert run(*in_worktree, "--message=what", check=False).returncode == 1
    (tmp_path / "other" / "scripts" / "commit-msg").unlink()
    assert run(*in_worktree, "--message=what").returncode == 0


def test_a_second_time_changes_and_says_nothing(repository: Path, run: Run) -> None:
    hook = repository / ".git" / "hooks" / "commit-msg"
    before = hook.stat()
    assert run("make", "dev").stdout == ""
    assert hook.stat().st_mtime_ns == before.st_mtime_ns
    hook.chmod(0o644)
    run("make", "dev")
    assert os.access(hook, os.X_OK)


@pytest.mark.parametrize("kind", ["file", "link", "dangling link"])
def test_a_hook_of_ones_own_stays(copy: Path, run: Run, tmp_path: Path, kind: str) -> None:
    run("git", "init", "--quiet")
    hook, own = copy / ".git" / "hooks" / "commit-msg", tmp_path / "own"
    hook.parent.mkdir(exist_ok=True)
    if kind == "file":
        hook.write_text("#!/bin/sh\nexit 0\n")
    else:
        hook.symlink_to(own)
        if kind == "link":
            own.write_text("#!/bin/sh\nexit 0\n")
    said = run("make", "dev").stdout
    assert said == (
        ".git/hooks/commit-msg is your own and stays as it is.\n"
        '  To have commit messages checked, run there: sh scripts/commit-msg "$1"\n'
    )
    assert run("make", "dev").stdout == ""
    if kind == "file":
        assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    else:
        assert hook.readlink() == own
        assert own.exists() == (kind == "link")


def test_a_hooks_path_of_ones_own_stays(copy: Path, run: Run) -> None:
    run("git", "init", "--quiet")
    run("git", "config", "--global", "core.hooksPath", "/nowhere/hooks")
    said = run("make", "dev").stdout
    assert said.startswith("Git's core.hooksPath is /nowhere/hooks and stays so.\n")
    assert run("git", "config", "core.hooksPath").stdout == "/nowhere/hooks\n"
    assert not (copy / ".git" / "hooks" / "commit-msg").exists()


def test_an_unpacked_archive_needs_no_repository(copy: Path, run: Run, tmp_path: Path) -> None:
    assert (run("make", "dev").stdout, run("make", "dev").stderr) == ("", "")
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert run("make", "dev").stdout == ""
    assert not (tmp_path / ".git" / "hooks" / "commit-msg").exists()

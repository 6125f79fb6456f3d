"""Who else on the machine may read what Colonnade keeps in COLONNADE_HOME: nobody."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import httpx

from colonnade.kernel.testing.command import Installation

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
AS_ROOT = os.geteuid() == 0


def open_to_others(home: Path) -> dict[str, str]:
    """Return the mode of everything below `home` that others may read, list, write or pass through."""
    found = {}
    for path in (home, *home.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        name = path.relative_to(home.parent).as_posix()
        if mode & 0o077:
            found[name] = f"{mode:o}"
    return found


def post_file(url: str) -> None:
    """Upload a document into a chat, which is stored in clear."""
    with httpx.Client(base_url=f"{url}/dealroom/api/v1", timeout=20) as client:
        login = {"email": "melati@dealroom.test", "password": "melati-dealroom"}
        token = client.post("/auth/login", json=login).json()["data"]["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        session = client.get("/sessions").json()["data"][0]["id"]
        form = {"sessionId": session, "sender": "customer"}
        answer = client.post(
            "/messages/media", data=form, files={"file": ("note.pdf", PDF, "application/pdf")}
        )
        assert answer.status_code == 201, answer.text


def test_nobody_else_reads_what_is_kept(settled: Installation) -> None:
    server = settled.up("--workers", "2")
    post_file(server.url)
    home = settled.home
    assert len(list(home.glob("dealroom/uploads/private/chat/*.pdf"))) == 1
    assert len(list(home.glob("radio/uploads/gallery/*"))) > 3
    found = open_to_others(home)
    public = {name for name in found if name.startswith(("home/radio/uploads", "home/dealroom/uploads"))}
    # Public files obey the umask, in a folder that does not: nobody else comes as far.
    assert not [name for name in public if "/private" in name]
    rest = {name: mode for name, mode in found.items() if name not in public}
    # PostgreSQL runs under another account if root starts it, and has to pass through.
    assert rest == ({"home": "711", "home/postgres": "711"} if AS_ROOT else {})
    modes = {path.name: f"{stat.S_IMODE(path.stat().st_mode):o}" for path in home.iterdir()}
    passable = "711" if AS_ROOT else "700"
    assert modes == {
        "postgres": passable,
        "valkey": "700",
        "secrets": "700",
        "radio": "700",
        "dealroom": "700",
    }

"""The embedded Redis-protocol server: shared by processes, closed to strangers, stopped with its last user."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from colonnade.kernel.core.valkey import EmbeddedValkeyError, start_valkey

HOLDER = """
import sys
from pathlib import Path
from colonnade.kernel.core.valkey import start_valkey
server = start_valkey(Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.readline()
server.stop()
"""


def refused(url: str) -> bool:
    try:
        redis.Redis.from_url(url).ping()
    except redis.ConnectionError:
        return True
    return False


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home with space"


def test_it_speaks_the_protocol_and_stops(home: Path) -> None:
    server = start_valkey(home)
    url = server.url
    client = redis.Redis.from_url(url)
    assert client.set("name", "Sari") is True
    assert client.get("name") == b"Sari"
    client.close()
    server.stop()
    server.stop()
    assert refused(url)
    with pytest.raises(EmbeddedValkeyError, match="given back"):
        _ = server.url


def test_a_stranger_without_the_password_gets_nothing(home: Path) -> None:
    with start_valkey(home) as server:
        port = server.url.rpartition(":")[2].partition("/")[0]
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=int(port), retry=Retry(NoBackoff(), 0)).get("name")
        directory = home / "valkey"
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
        assert modes["valkey.conf"] == modes["state.json"] == 0o600


def test_a_second_process_shares_it_and_the_last_one_stops_it(home: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        pid = int(other.stdout.readline())
        with start_valkey(home) as server:
            url = server.url
            assert server.pid == pid
            other.communicate("\n")
            assert redis.Redis.from_url(url).ping() is True
        assert refused(url)


def test_a_killed_user_leaves_a_server_that_the_next_one_takes_over(home: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        pid = int(other.stdout.readline())
        other.kill()
        other.wait()
        with start_valkey(home) as server:
            assert server.pid == pid
            url = server.url
        assert refused(url)


def test_a_killed_server_is_replaced(home: Path) -> None:
    first = start_valkey(home)
    os.kill(first.pid, signal.SIGKILL)
    with start_valkey(home) as second:
        assert second.pid != first.pid
        assert redis.Redis.from_url(second.url).ping() is True
    first.stop()


def test_an_unusable_home_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedValkeyError) as caught:
        start_valkey(tmp_path / "file" / "home")
    assert "set REDIS_URL" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_killed_server_is_started_again_at_its_address(home: Path) -> None:
    with start_valkey(home) as first, start_valkey(home) as second:
        url, pid = first.url, first.pid
        assert first.ensure_running() is False
        os.kill(pid, signal.SIGKILL)
        while not refused(url):  # it takes the kernel a moment, under load a long one
            pass
        assert first.ensure_running() is True
        assert second.ensure_running() is True
        assert (first.url, second.url) == (url, url)
        assert first.pid == second.pid != pid
        assert redis.Redis.from_url(url).ping()
        assert first.ensure_running() is False
    assert refused(url)

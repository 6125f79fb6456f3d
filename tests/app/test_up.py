"""`colonnade up` with an embedded database: what it prints, serves, keeps and leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing.command import Installation, RunningCommand

SignIn = Callable[[str, str, str], httpx.Response]


def articles(command: RunningCommand) -> Any:
    return httpx.get(f"{command.url}/articles", timeout=20).json()["pagination"]["total"]


def test_serves_one_product_at_the_root_and_reuses_its_data(
    installation: Installation, sign_in: SignIn, capsys: pytest.CaptureFixture[str]
) -> None:
    first = installation.up_anew("radio")
    assert f"El Shaddai FM  http://localhost:{first.port}" in first.stdout
    assert f"http://localhost:{first.port}/api-docs" in first.stdout
    assert f"http://localhost:{first.port}/_dev/mail" in first.stdout
    assert "admin@elshaddaifm.id  admin-elshaddai" in first.stdout
    assert str(installation.home) in first.stdout
    assert "Setting up PostgreSQL 18" in first.stderr
    assert "El Shaddai FM: identity (1/" in first.stderr
    assert httpx.get(f"{first.url}/health").json()["status"] == "healthy"
    assert httpx.get(f"{first.url}/").status_code == 404
    assert httpx.get(f"{first.url}/radio/health").status_code == 404
    assert sign_in(first.url, "admin@elshaddaifm.id", "admin-elshaddai").status_code == 200
    written = articles(first)
    assert written > 0
    postgres = installation.postgres_pid()
    assert postgres is not None
    assert first.stop(signal.SIGTERM) == 0
    assert installation.postgres_pid() is None
    assert "Traceback" not in first.stderr

    second = installation.up_anew("radio")
    assert "Setting up" not in second.stderr
    assert "(1/" not in second.stderr
    assert articles(second) == written
    assert sign_in(second.url, "editor@elshaddaifm.id", "editor-elshaddai").status_code == 200
    os.killpg(second.pid, signal.SIGINT)  # as a terminal does
    assert second.wait() == 0
    assert second.stderr.endswith("stopped")
    assert installation.postgres_pid() is None
    with capsys.disabled():
        print(f"\n  first up ready in {first.seconds_to_ready:.1f} s, later {second.seconds_to_ready:.1f} s")


def test_without_names_products_are_mounted_below_a_page(settled: Installation, sign_in: SignIn) -> None:
    up = settled.up()
    assert f"El Shaddai FM  http://localhost:{up.port}/radio" in up.stdout
    assert f"Overview       http://localhost:{up.port}" in up.stdout
    assert re.findall(r"(\S+)/_dev/mail", up.stdout) == [
        f"http://localhost:{up.port}/{name}" for name in ("dealroom", "radio")
    ]
    page = httpx.get(f"{up.url}/", headers={"host": f"localhost:{up.port}"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for part in ('href="/radio/api-docs"', 'href="/radio/health"', f'href="//radio.localhost:{up.port}/"'):
        assert part in page.text
    assert "admin-elshaddai" in page.text
    head = httpx.head(f"{up.url}/")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 500

    assert httpx.get(f"{up.url}/radio/health").json()["status"] == "healthy"
    named = httpx.get(f"{up.url}/health", headers={"host": f"radio.localhost:{up.port}"})
    assert named.json()["status"] == "healthy"
    assert sign_in(f"{up.url}/radio", "admin@elshaddaifm.id", "admin-elshaddai").status_code == 200
    docs = httpx.get(f"{up.url}/radio/api-docs")
    assert docs.status_code == 200
    polling = httpx.get(f"{up.url}/radio/socket.io/?EIO=4&transport=polling")
    assert polling.status_code == 200
    assert polling.text.startswith('0{"sid":')

    missing = httpx.get(f"{up.url}/articles")
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "NOT_FOUND"
    posted = httpx.post(f"{up.url}/")
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
    assert httpx.get(f"{up.url}/health/live").json() == {"status": "alive"}
    assert httpx.get(f"{up.url}/health/ready").json() == {"status": "ready"}
    assert httpx.get(f"{up.url}/radio").status_code == 404
    assert httpx.get(f"{up.url}/radio").json()["success"] is False
    assert up.stop() == 0


def test_no_demo_writes_and_shows_no_accounts(installation: Installation, sign_in: SignIn) -> None:
    up = installation.up("--no-demo", RADIO_SMTP_HOST="localhost")
    assert "admin" not in up.stdout
    assert re.findall(r"/(\w*)/_dev/mail", up.stdout) == ["dealroom"]
    assert "elshaddai" not in httpx.get(up.url).text
    assert sign_in(f"{up.url}/radio", "admin@elshaddaifm.id", "admin-elshaddai").status_code == 401
    assert httpx.get(f"{up.url}/radio/articles").json()["pagination"]["total"] == 0
    assert up.stop() == 0


def test_json_logs_are_all_that_standard_error_carries(settled: Installation) -> None:
    up = settled.up("radio", LOG_FORMAT="json")
    assert httpx.get(f"{up.url}/articles").status_code == 200
    assert up.stop() == 0
    lines = [json.loads(line) for line in up.stderr.splitlines()]
    events = [line["event"] for line in lines]
    assert all({"event", "level", "time"} <= line.keys() for line in lines)
    assert [line["url"] for line in lines if line["event"] == "ready"] == [f"http://localhost:{up.port}"]
    assert ("GET", "/articles", 200) in [
        (line.get("method"), line.get("route"), line.get("status")) for line in lines
    ]
    assert events[-1] == "stopped"
    assert up.stdout == ""
    refused = settled.run("up", "radio", "--port", "99999", LOG_FORMAT="json")
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert json.loads(line)["event"] == "99999 is not a port: choose one from 1 to 65535."


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_set_up_leaves_nothing_behind(
    installation: Installation, number: signal.Signals, code: int
) -> None:
    up = installation.start("up", "radio", "--port", "0")
    up.wait_for("identity")
    assert up.stop(number) == code
    assert installation.postgres_pid() is None
    assert up.stderr.splitlines()[-1] == "… interrupted"
    assert "Traceback" not in up.stderr
    again = installation.up("radio")
    assert articles(again) > 0
    assert again.stop() == 0


def test_recovers_when_it_was_killed_and_its_database_runs_on(settled: Installation) -> None:
    first = settled.up("radio")
    written = articles(first)
    postgres = settled.postgres_pid()
    first.kill_group()
    assert settled.postgres_pid() == postgres
    second = settled.up("radio")
    assert settled.postgres_pid() == postgres
    assert articles(second) == written
    assert second.stop() == 0
    assert settled.postgres_pid() is None


def test_recovers_when_everything_was_killed(settled: Installation) -> None:
    first = settled.up("radio")
    written = articles(first)
    postgres = settled.postgres_pid()
    assert postgres is not None
    first.kill_group()
    os.kill(postgres, signal.SIGKILL)
    second = settled.up("radio")
    assert articles(second) == written
    assert second.stop() == 0


def test_starts_the_database_again_when_it_is_killed(settled: Installation) -> None:
    up = settled.up("radio")
    written = articles(up)
    postgres = settled.postgres_pid()
    assert postgres is not None
    os.kill(postgres, signal.SIGKILL)
    up.wait_for("embedded server restarted")
    assert settled.postgres_pid() not in (None, postgres)
    assert articles(up) == written
    assert httpx.get(f"{up.url}/health/ready").status_code == 200
    assert up.stop() == 0
    assert "does not restart" not in up.stderr
    assert settled.postgres_pid() is None


def test_two_servers_share_the_database_and_the_last_one_stops_it(settled: Installation) -> None:
    first, second = settled.up("radio"), settled.up("radio")
    assert first.stop() == 0
    assert settled.postgres_pid() is not None
    assert articles(second) > 0
    assert second.stop() == 0
    assert settled.postgres_pid() is None

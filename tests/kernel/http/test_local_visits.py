"""The pages of development are for this machine and its private network: the mailbox, the demonstration accounts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from colonnade.kernel.http import list_routes
from colonnade.kernel.http.application import build_litestar

OWN = ("127.0.0.1", 4711)
PROXY = ("10.0.0.1", 4711)  # trusted, see `lab_server`


async def status(lab: Any, peer: tuple[str, int], host: str = "localhost:3000", **headers: str) -> int:
    """Request the mailbox from `peer` and return the status."""
    transport = httpx.ASGITransport(app=lab.running, client=peer)
    async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await client.get("/_dev/mail", headers={"host": host, **named})).status_code


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:3000", "LOCALHOST:3000", "localhost.", "lab.localhost:3000", "127.0.0.1", "127.0.0.1:80",
     "[::1]:3000", "[::1]", "192.168.1.20:3000", "10.1.2.3"],
)  # fmt: skip
async def test_local_hosts_are_answered(lab, host):
    assert await status(lab, OWN, host) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:3000", "localhost.evil.example", "evil-localhost", "127.0.0.1.evil.example",
     "8.8.8.8", "203.0.113.9.nip.io", "[2606:4700::1111]", "[::1", "", "lab", "localhost@evil.example",
     "10.0.0.1%25evil.example", "10.0.0.1%evil"],
)  # fmt: skip
async def test_other_hosts_find_nothing(lab, host):
    """DNS rebinding: the connection comes from this machine, the page from elsewhere."""
    assert await status(lab, OWN, host) == 404


@pytest.mark.parametrize(
    ("peer", "expected"),
    [("127.0.0.1", 200), ("::1", 200), ("192.168.1.20", 200), ("fe80::1%eth0", 200), ("::ffff:127.0.0.1", 200),
     ("8.8.8.8", 404), ("::ffff:8.8.8.8", 404), ("2606:4700::1111", 404), ("", 404)],
)  # fmt: skip
async def test_only_private_peers_are_answered(lab, peer, expected):
    assert await status(lab, (peer, 1)) == expected


async def test_proxies_are_seen_through(lab):
    assert await status(lab, PROXY, x_forwarded_for="192.168.1.20") == 200
    assert await status(lab, PROXY, x_forwarded_for="8.8.8.8") == 404
    assert await status(lab, PROXY, x_forwarded_for="192.168.1.20, 8.8.8.8") == 404
    assert await status(lab, PROXY, x_forwarded_for="192.168.1.20", x_forwarded_host="localhost") == 200
    assert await status(lab, PROXY, x_forwarded_for="192.168.1.20", x_forwarded_host="evil.example") == 404
    # A proxy that nobody told us of passes on whom it likes, and names its own host.
    for name in (
        *(
            "x_forwarded_for",
            "x_forwarded_host",
            "x_forwarded_port",
            "x_forwarded_proto",
            "x_real_ip",
            "forwarded",
        ),
        *("via", "cf_connecting_ip", "true_client_ip"),
    ):
        assert await status(lab, OWN, **{name: "127.0.0.1"}) == 404


async def test_everything_below_dev_is_guarded(lab):
    product = lab.services.product
    routes = [route for route in list_routes(build_litestar(product)) if route.path.startswith("/_dev")]
    assert len(routes) == 6
    client = await lab.http()
    for route in routes:
        path = route.path.replace("{mail_id:int}", "1")
        refused = await client.request(route.method, path, headers={"Host": "evil.example"})
        assert (refused.status_code, refused.json()["error"]["message"]) == (
            404,
            "The requested resource was not found.",
        )


async def test_production_has_no_such_pages(open_lab):
    settings = {
        "app_env": "production",
        "field_keys": "a:" + "A" * 43,
        "jwt_secret": "x" * 64,
        "public_url": "https://lab.example",
    }
    lab = await open_lab(**settings)
    assert await status(lab, OWN) == 404


async def test_metrics_are_for_private_peers_too(lab):
    transport = httpx.ASGITransport(app=lab.running, client=("::ffff:8.8.8.8", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        assert (await client.get("/metrics")).status_code == 403

"""The pages of development are for this machine and its private network: the mailbox, the demonstration accounts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from colonnade.kernel.http import list_routes

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


PRIVATE = [
    *("127.0.0.1", "127.255.255.255", "::1"),
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"),
    *("fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "169.254.0.1", "169.254.169.254"),
    *("::ffff:127.0.0.1", "::ffff:192.168.1.1"),
]
PUBLIC = [
    *("8.8.8.8", "126.255.255.255", "128.0.0.1", "9.255.255.255", "11.0.0.1", "172.15.255.255", "172.32.0.1"),
    *("192.167.255.255", "192.169.0.1", "169.253.255.255", "169.255.0.1", "100.64.0.1"),
    *(
        "0.0.0.0",
        "0.0.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "240.0.0.1",
    ),
    *(
        "255.255.255.255",
        "224.0.0.1",
        "::",
        "::2",
        "2001:db8::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "100::1",
    ),
    *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "fbff::1", "fe00::1", "fec0::1", "ff02::1"),
    *("2606:4700::1111", "::ffff:8.8.8.8", "::ffff:198.18.0.1", "::7f00:1", "::ffff:0:7f00:1"),
]


@pytest.mark.parametrize(
    ("address", "expected"),
    [*((address, 200) for address in PRIVATE), *((address, 404) for address in PUBLIC)],
)
async def test_private_means_this_machine_a_private_network_or_a_link(lab, address, expected):
    """As the peer, as a client behind a proxy, and as the name in `Host`."""
    assert await status(lab, (address, 1)) == expected
    assert await status(lab, PROXY, x_forwarded_for=f"{address}, 10.0.0.2") == expected
    assert await status(lab, OWN, f"[{address}]:3000" if ":" in address else f"{address}:3000") == expected


@pytest.mark.parametrize(
    "entry", ["unknown", "_hidden", "", "rubbish", "127.0.0.1, unknown", "127.0.0.1 x", "[::1"]
)
async def test_a_client_whose_proxy_tells_no_address_is_no_local_visitor(lab, entry):
    assert await status(lab, PROXY, x_forwarded_for=entry) == 404
    assert await metrics_status(lab, PROXY, **{"X-Forwarded-For": entry}) == 403


async def test_proxies_are_seen_through(lab):
    assert await status(lab, PROXY, x_forwarded_for="192.168.1.20:4711") == 200
    assert await status(lab, PROXY, x_forwarded_for="8.8.8.8:4711") == 404
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
    routes = [route for route in list_routes(product) if route.path.startswith("/_dev")]
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


async def metrics_status(lab: Any, peer: tuple[str, int], **headers: str) -> int:
    """Request the metrics from `peer` and return the status."""
    transport = httpx.ASGITransport(app=lab.running, client=peer)
    async with httpx.AsyncClient(transport=transport, base_url="http://lab.example") as client:
        return (await client.get("/metrics", headers=headers)).status_code


async def test_metrics_are_for_private_peers_too(lab):
    assert await metrics_status(lab, ("::ffff:8.8.8.8", 1)) == 403
    assert await metrics_status(lab, OWN) == 200
    assert await metrics_status(lab, PROXY, **{"X-Forwarded-For": "192.168.1.20"}) == 200
    assert await metrics_status(lab, PROXY, **{"X-Forwarded-For": "8.8.8.8"}) == 403


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via", "CDN-Loop"]
)
async def test_metrics_are_not_for_the_clients_of_an_unknown_proxy(lab, name):
    """A proxy on this machine that TRUSTED_PROXIES does not name passes on requests from anywhere."""
    assert await metrics_status(lab, OWN, **{name: "127.0.0.1"}) == 403
    assert await metrics_status(lab, ("", 0)) == 403


async def test_an_unknown_proxy_is_named_once_in_the_log(open_lab):
    other = await open_lab(trusted_proxies="10.0.0.0/8")
    with capture_logs() as lines:
        await metrics_status(other, OWN)
        await metrics_status(other, PROXY, **{"X-Forwarded-For": "8.8.8.8"})
        await metrics_status(other, ("8.8.8.8", 1), **{"X-Forwarded-For": "127.0.0.1"})
        assert lines == []
        await metrics_status(other, ("172.17.0.1", 1), **{"X-Forwarded-For": "8.8.8.8"})
        await metrics_status(other, ("172.17.0.1", 1), Forwarded="for=8.8.8.8")
    (line,) = lines
    assert (line["log_level"], line["peer"], line["header"]) == ("warning", "172.17.0.1", "x-forwarded-for")
    assert "TRUSTED_PROXIES" in line["advice"]

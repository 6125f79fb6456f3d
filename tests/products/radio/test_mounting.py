"""Radio at the root, below a gateway's prefix and at a host of its own: the addresses in answers are valid there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pyvips

from colonnade.app.compose import RunningProduct
from colonnade.app.site import Site
from colonnade.kernel.testing import NO_TLS, LiveServer, SocketClient

JPEG = (pyvips.Image.black(1000, 500, bands=3) + 90).cast("uchar").write_to_buffer(".jpg")
ARTICLE = {"title": "Kabar baik", "content": "<p>Kita mulai pukul enam.</p>", "status": "published"}


class Mount:
    """One way to reach the station: `get` takes paths as answers contain them, `at` those of the product."""

    def __init__(self, client: httpx.AsyncClient, prefix: str) -> None:
        self.client = client
        self.prefix = prefix

    async def get(self, address: str) -> httpx.Response:
        return await self.client.get(address)

    async def at(self, path: str) -> httpx.Response:
        return await self.client.get(self.prefix + path)


@pytest.fixture
async def gateway(radio) -> AsyncIterator[str]:
    """Start a gateway that has radio among its products; return its address."""
    running = RunningProduct(radio.services, with_worker=False)
    async with LiveServer(Site([running], single=False, show_logins=False, grace_seconds=1)) as server:
        yield server.url


@pytest.fixture
async def mounts(radio, gateway) -> AsyncIterator[dict[str, Mount]]:
    """Provide the three ways; they share one response cache."""
    async with httpx.AsyncClient(base_url=gateway, verify=NO_TLS) as below:
        host = {"Host": "radio.localhost"}
        async with httpx.AsyncClient(base_url=gateway, headers=host, verify=NO_TLS) as named:
            yield {
                "root": Mount(await radio.http(), ""),
                "prefix": Mount(below, "/radio"),
                "host": Mount(named, ""),
            }


@pytest.mark.parametrize("first", ["root", "prefix", "host"])
async def test_pictures_lie_where_answers_say_whoever_asked_first(radio, mounts, first):
    editor = await radio.http("editor")
    made = await editor.post("/gallery", data={"title": "Ibadah"}, files={"file": ("foto.jpg", JPEG)})
    picture = made.json()["data"]
    await radio.work()
    article = {**ARTICLE, "featured_image": picture["url"], "content": f'<p><img src="{picture["url"]}"></p>'}
    assert (await editor.post("/articles", json=article)).status_code == 201
    order = [mounts[first], *(mount for name, mount in mounts.items() if name != first)]
    for mount in order:
        listed = (await mount.at("/gallery")).json()["data"][0]
        home = (await mount.at("/homepage")).json()["data"]
        shown = (await mount.at("/articles/kabar-baik")).json()["data"]
        (source,) = re.findall('src="([^"]+)"', shown["content"])
        urls = [listed["url"], *listed["thumbnails"].values(), home["gallery"][0]["url"]]
        urls += [shown["featured_image"], source]
        assert len(urls) == 6
        for url in urls:
            file = await mount.get(url)
            assert (file.status_code, file.headers["content-type"][:6]) == (200, "image/"), url
            assert (await mount.client.head(url)).status_code == 200
            unchanged = await mount.client.get(url, headers={"If-None-Match": file.headers["etag"]})
            assert (unchanged.status_code, unchanged.content) == (304, b"")
        gone = await mount.get(listed["url"].replace("gallery/", "gallery/0"))
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("first", ["root", "prefix", "host"])
async def test_redirects_lead_to_where_one_came_by(radio, mounts, first):
    editor = await radio.http("editor")
    assert (await editor.post("/articles", json={**ARTICLE, "slug": "dulu"})).status_code == 201
    assert (await editor.put("/articles/dulu", json={"slug": "kini"})).status_code == 200
    for mount in [mounts[first], *mounts.values()]:
        moved = await mount.at("/articles/dulu")
        assert (moved.status_code, moved.headers["location"]) == (301, f"{mount.prefix}/articles/kini")
        assert (await mount.get(moved.headers["location"])).json()["data"]["slug"] == "kini"


async def test_the_documentation_and_the_mailbox_find_their_parts(mounts):
    for mount in mounts.values():
        described = (await mount.at("/openapi.json")).json()
        assert described["servers"] == [{"url": mount.prefix or "/"}]
        sockets = (await mount.at("/asyncapi.json")).json()["servers"]["socket-io"]
        assert sockets["pathname"] == f"{mount.prefix}/socket.io"
        page = await mount.at("/api-docs")
        parts = re.findall('(?:src|href)="([^"]+)"', page.text)
        assert len(parts) == 7
        for part in parts:
            assert (await mount.get(str(page.url.join(part).path))).status_code == 200, part


async def test_chat_works_on_both_socket_paths_below_a_prefix(radio, gateway, mounts):
    for path in ("/socket.io", "/livechat/ws"):
        handshake = await mounts["host"].at(f"{path}/?EIO=4&transport=polling")
        assert handshake.text.startswith('0{"sid":')
        session = await mounts["prefix"].client.post("/radio/livechat/session", json={"name": "Ani"})
        token = {"token": session.json()["data"]["token"]}
        guest = await SocketClient.open(gateway, token, f"/radio{path}")
        await guest.call("join-room", "livechat:main")
        await guest.call("send-message", {"message": f"Shalom lewat {path}"})
        (said,) = await guest.wait_for("new-message")
        assert said["message"] == f"Shalom lewat {path}"
        await guest.close()
    messages = (await mounts["root"].at("/livechat/messages")).json()["data"]
    assert sorted(each["message"] for each in messages) == [
        "Shalom lewat /livechat/ws",
        "Shalom lewat /socket.io",
    ]

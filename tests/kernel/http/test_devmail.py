"""The development mailbox: read, searched and emptied with a browser that runs no script."""

from __future__ import annotations

import email
import email.policy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from colonnade.kernel.testing import run_command

CLIENTS = Path(__file__).parents[2] / "clients"
INSERT = """
INSERT INTO dev_mailbox (message_id, sender, recipient, reply_to, subject, language, text_body, html_body)
VALUES ($1, 'Lab <noreply@lab.example>', $2, $3, $4, 'en', $5, $6) RETURNING id
"""
HTML = (
    '<!doctype html><html><head lang="en"><title>x</title></head><body><p>Dear <b>Sari</b></p>'
    "<script>document.body.innerHTML = 'hacked'</script><a href=\"{link}\">Confirm</a></body></html>"
)


@pytest.fixture
async def box(lab: Any) -> Any:
    """Provide the lab with an empty mailbox."""
    await lab.services.db.execute("TRUNCATE dev_mailbox RESTART IDENTITY")
    return lab


async def write(
    box: Any,
    subject: str,
    *,
    to: str = "Sari Dewi <sari@example.com>",
    id: str = "",
    reply_to: str | None = None,
    text: str = "Hello Sari,\n\nsee https://lab.example/confirm\n",
    html: str | None = None,
) -> int:
    """Put a mail into the mailbox and return its id."""
    message_id = id or f"<{subject}@lab>"
    return await box.services.db.fetch_value(INSERT, message_id, to, reply_to, subject, text, html)


def subjects(page: Any) -> list[str]:
    """Return the subjects that a list shows."""
    assert page.status_code == 200
    return re.findall("<strong>(.*?)</strong>", page.text)


async def test_mails_are_listed_and_searched(box):
    client = await box.http()
    assert "No mail yet." in (await client.get("/_dev/mail")).text
    await write(box, "Welcome")
    await write(box, "100%", to="budi@example.com", text="Für Sie")
    assert subjects(await client.get("/_dev/mail")) == ["100%", "Welcome"]
    for searched, expected in (
        ("WELC", ["Welcome"]),
        ("budi@", ["100%"]),
        ("sari,", ["Welcome"]),
        ("FÜR", ["100%"]),
        ("%", ["100%"]),
        ("_", []),
        ("  ", ["100%", "Welcome"]),
    ):
        assert subjects(await client.get("/_dev/mail", params={"q": searched})) == expected, searched
    await write(box, "Servus", to="toni@sub.xn--mnchen-3ya.de")
    for searched in ("münchen", "toni@sub.MÜNCHEN.de", "sub.münchen", "xn--mnchen-3ya.de"):
        assert subjects(await client.get("/_dev/mail", params={"q": searched})) == ["Servus"], searched
    assert subjects(await client.get("/_dev/mail", params={"q": "mün..chen"})) == []
    nothing = await client.get("/_dev/mail", params={"q": "<script>"})
    assert "&lt;script&gt;" in nothing.text
    assert "<script" not in nothing.text
    assert (await client.get("/_dev/mail", params={"q": "x" * 201})).status_code == 422


async def test_the_list_goes_on_to_older_mails(box):
    for number in range(1, 104):
        await write(box, f"mail {number}", text="even" if number % 2 == 0 else "odd")
    client = await box.http()
    first = await client.get("/_dev/mail")
    assert subjects(first) == [f"mail {number}" for number in range(103, 3, -1)]
    (older,) = re.findall('href="([^"]+)">Older', first.text)
    second = await client.get(older)
    assert subjects(second) == ["mail 3", "mail 2", "mail 1"]
    assert "Older" not in second.text
    assert "Older" not in (await client.get("/_dev/mail?q=even")).text
    assert (await client.get("/_dev/mail?before=99999999999999999999")).status_code == 422


async def test_a_mail_is_shown_with_its_parts(box):
    mail = await write(box, "Hi & <bye>", html=HTML.format(link="https://lab.example/"), reply_to="a@b.id")
    client = await box.http()
    page = await client.get(f"/_dev/mail/{mail}")
    assert "<title>Hi &amp; &lt;bye&gt;</title>" in page.text
    assert "Sari Dewi &lt;sari@example.com&gt;" in page.text
    link = '<a href="https://lab.example/confirm" rel="noopener noreferrer" target="_blank">'
    assert link in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    html = await client.get(f"/_dev/mail/{mail}/html")
    assert '<head lang="en"><base target="_blank"><title>' in html.text
    assert html.headers["x-frame-options"] == "SAMEORIGIN"
    assert html.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    for path in ("999", "999/html", "999/source"):
        assert (await client.get(f"/_dev/mail/{path}")).status_code == 404


async def test_the_source_is_the_mail_as_it_would_travel(box):
    mail = await write(
        box,
        "Selamat – 1",
        to="Sari Dewí <sari@example.com>",
        html="<p>Halo</p>",
        reply_to="a@b.id",
        id="<7@lab>",
    )
    answer = await (await box.http()).get(f"/_dev/mail/{mail}/source")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    message = email.message_from_bytes(answer.content, policy=email.policy.default)
    assert message["subject"] == "Selamat – 1"
    assert message["to"] == "Sari Dewí <sari@example.com>"
    assert message["reply-to"] == "a@b.id"
    assert message["message-id"] == "<7@lab>"
    assert message.get_body(("html",)).get_content().strip() == "<p>Halo</p>"
    assert message.get_body(("plain",)).get_content().startswith("Hello Sari,\r\n\r\nsee ")


async def test_mails_are_deleted_one_by_one_and_all(box):
    first, second, _ = [await write(box, name) for name in ("one", "two", "three")]
    client = await box.http()
    gone = await client.post(f"/_dev/mail/{second}/delete", headers={"Origin": box.url})
    assert (gone.status_code, gone.headers["location"]) == (303, "/_dev/mail")
    assert subjects(await client.get("/_dev/mail")) == ["three", "one"]
    assert (await client.post(f"/_dev/mail/{second}/delete")).status_code == 404
    assert (await client.post(f"/_dev/mail/{first}/delete")).status_code == 303
    assert (await client.post("/_dev/mail/delete")).status_code == 303
    assert subjects(await client.get("/_dev/mail")) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_deletes_nothing(box, failure, headers):
    mail = await write(box, "one")
    client = await box.http(headers=headers)
    for path in ("/_dev/mail/delete", f"/_dev/mail/{mail}/delete"):
        failure(await client.post(path), 403, "FORBIDDEN")
    assert subjects(await client.get("/_dev/mail")) == ["one"]


async def test_there_is_no_mailbox_where_mails_are_sent(open_lab, failure):
    lab = await open_lab(smtp_host="127.0.0.1")
    client = await lab.http()
    failure(await client.get("/_dev/mail"), 404, "NOT_FOUND")
    failure(await client.post("/_dev/mail/delete"), 404, "NOT_FOUND")
    await lab.close_clients()


@pytest.mark.browser
@pytest.mark.node
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_browser_reads_and_deletes_a_mail(box, chromium, scheme):
    await write(box, "Other", to="budi@example.com")
    await write(box, "Welcome" * 20, html=HTML.format(link=f"{box.url}/who"))
    code, out, err = await run_command(
        "node", "mailbox.js", chromium, f"{box.url}/_dev/mail", "sari@", scheme, folder=CLIENTS
    )
    assert code == 0, err
    found = json.loads(out)
    assert found["list"]["subjects"] == ["Welcome" * 20, "Other"]
    assert found["searched"] == ["Welcome" * 20]
    assert found["mail"]["framed"] == "Dear Sari\n\nConfirm"
    assert found["followed"] == f"{box.url}/who"
    assert found["source"].startswith("From: Lab <noreply@lab.example>\nTo: Sari Dewi <sari@example.com>\n")
    assert (found["left"], found["address"]) == (["Other"], f"{box.url}/_dev/mail")
    for look in (found["list"], found["mail"]):
        assert (look["sideways"], look["language"]) == (0, "en")
        assert (look["paper"] > 200, look["ink"] > 200) == (scheme == "light", scheme == "dark")
    assert found["failed"] == []
    # The mail's script is all that is refused.
    assert [said for said in found["complaints"] if "Blocked script execution" not in said] == []

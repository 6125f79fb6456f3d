"""Mails as they arrive: at a real SMTP server, at an HTTP server with Resend's API, in the mailbox."""

from __future__ import annotations

import asyncio
import ssl
import traceback
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from colonnade.app.catalog import load_product
from colonnade.app.services import open_services, stop_services
from colonnade.kernel.core import NotFound
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.jobs import PermanentFailure, RetryLater
from colonnade.kernel.mail import (
    MailDeferred,
    Mailer,
    MailRefused,
    SendMail,
    TemplateBroken,
    fetch_dev_mail,
    list_dev_mails,
    open_mailer,
    send_mail,
)
from colonnade.kernel.mail.addresses import parse_sender
from colonnade.kernel.mail.smtp import SmtpTransport
from colonnade.kernel.product import load_product_settings

from .conftest import FakeResend, Inbox, start_smtp

SENDER = parse_sender("El Shaddai FM <noreply@radio.example>")


@pytest.fixture
def mail(templates: str) -> Callable[..., SendMail]:
    def make(**values: Any) -> SendMail:
        defaults: dict[str, Any] = {
            "to": "sari@example.com",
            "to_name": "Sari Dewi",
            "template": f"{templates}:welcome",
            "context": {"name": "Sari", "kind": "mitra"},
        }
        return SendMail(**defaults | values)

    return make


def settings(**values: Any) -> Settings:
    return Settings(**values)


def smtp(port: int, **options: Any) -> Mailer:
    return Mailer(SmtpTransport("127.0.0.1", port, **{"starttls": False} | options), SENDER)


async def run_job(mailer: Mailer, payload: SendMail) -> None:
    """Run one attempt as a worker does: the payload is decoded from the queue's JSON."""
    services: Any = SimpleNamespace(mailer=mailer)
    await send_mail(services, send_mail.decode(send_mail.encode(payload)))


async def test_a_mail_arrives_with_both_parts(
    inbox: Inbox, smtp_port: int, mail: Callable[..., SendMail]
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    await run_job(smtp(smtp_port), mail(reply_to="studio@radio.example"))

    (message,) = inbox.mails
    assert inbox.envelopes == [("noreply@radio.example", ["sari@example.com"])]
    assert str(message["From"]) == "El Shaddai FM <noreply@radio.example>"
    assert str(message["To"]) == "Sari Dewi <sari@example.com>"
    assert str(message["Reply-To"]) == "studio@radio.example"
    assert str(message["Subject"]) == "Selamat datang, Sari"
    assert message["Content-Language"] == "id"
    assert message["Auto-Submitted"] == "auto-generated"
    assert before <= message["Date"].datetime <= datetime.now(UTC) + timedelta(seconds=1)
    assert message["Message-ID"].endswith("@radio.example>")
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == (
        "Halo Sari,\n\nterima kasih sudah bergabung sebagai mitra.\n"
    )
    assert "<p>Halo Sari,</p>" in html.get_content()


@pytest.mark.parametrize(
    "name",
    [
        "Sari Dewi",
        'O\'Neil, "Sari" (Studio) <x>',
        "Müller-Lüdenscheid",
        "佐藤 さくら",
        "محمد عبد الله",
        "Ni Luh Ayu Ketut Kadek Wayan " * 3,
        "ᬲᬭᬶ ☕ " * 8,
        "=?utf-8?q?Bos=0D=0ABcc:?=",
    ],
)
async def test_names_of_any_script_come_through(
    inbox: Inbox, smtp_port: int, mail: Callable[..., SendMail], name: str
) -> None:
    await run_job(smtp(smtp_port), mail(to_name=name, context={"name": name, "kind": "ñ"}))
    (message,) = inbox.mails
    # The standard library's parser of addresses puts blanks between encoded words: read them as RFC 2047 says.
    (header,) = (line for line in message_from_bytes(inbox.raw[0]).get_all("To", []))
    shown, address = parseaddr(header)
    assert str(make_header(decode_header(shown))) == " ".join(name.split())[:100]
    assert address == "sari@example.com"
    assert str(message["Subject"]) == f"Selamat datang, {' '.join(name.split())}"[:200]
    assert inbox.raw[0].isascii()
    assert max(map(len, inbox.raw[0].split(b"\r\n"))) <= 998


async def test_addresses_of_any_script_need_smtputf8(
    inbox: Inbox, smtp_port: int, mail: Callable[..., SendMail]
) -> None:
    await run_job(smtp(smtp_port), mail(to="用户@例子.广告", to_name="用户"))
    assert inbox.envelopes == [("noreply@radio.example", ["用户@xn--fsqu00a.xn--4rr70v"])]
    assert "To: =?utf-8?b?55So5oi3?=\r\n <用户@xn--fsqu00a.xn--4rr70v>\r\n".encode() in inbox.raw[0]

    controller, port = start_smtp(inbox, enable_SMTPUTF8=False)
    try:
        with pytest.raises(MailRefused):
            await run_job(smtp(port), mail(to="用户@例子.广告"))
    finally:
        controller.stop()
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("line", ["\r\n", "\n", "\r", "\u2028", "\x85"])
async def test_no_header_can_be_added(
    inbox: Inbox, smtp_port: int, mail: Callable[..., SendMail], line: str
) -> None:
    evil = f"Sari{line}Bcc: all@example.com{line}{line}body"
    await run_job(smtp(smtp_port), mail(to_name=evil, context={"name": evil, "kind": "x"}))
    (message,) = inbox.mails
    assert message["Bcc"] is None
    assert message["To"].addresses[0].display_name == "Sari Bcc: all@example.com body"
    assert str(message["Subject"]) == "Selamat datang, Sari Bcc: all@example.com body"
    assert inbox.envelopes[0][1] == ["sari@example.com"]
    for address in (f"sari@example.com{line}Bcc: all@example.com", f"a@b.com,{evil}"):
        with pytest.raises(MailRefused):
            await run_job(smtp(smtp_port), mail(to=address))
        with pytest.raises(MailRefused):
            await run_job(smtp(smtp_port), mail(reply_to=address))
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("answers", ["rcpt_answers", "data_answers"])
async def test_a_temporary_failure_then_success_is_one_mail(
    inbox: Inbox, smtp_port: int, mail: Callable[..., SendMail], answers: str
) -> None:
    getattr(inbox, answers).append("451 try sari@example.com again later")
    payload = mail()
    with pytest.raises(MailDeferred) as caught:
        await run_job(smtp(smtp_port), payload)
    assert str(caught.value) == "the SMTP server answered 451"
    assert inbox.mails == []
    await run_job(smtp(smtp_port), payload)
    assert len(inbox.mails) == 1
    await run_job(smtp(smtp_port), payload)  # a worker that died after the server had accepted it
    await run_job(smtp(smtp_port), mail())
    first, again, other = (message["Message-ID"] for message in inbox.mails)
    assert first == again != other


@pytest.mark.parametrize("answers", ["rcpt_answers", "data_answers"])
async def test_a_permanent_failure_is_not_tried_again(
    inbox: Inbox, smtp_port: int, mail: Callable[..., SendMail], answers: str
) -> None:
    getattr(inbox, answers).append("550 no such user sari@example.com")
    with pytest.raises(PermanentFailure) as caught:
        await run_job(smtp(smtp_port), mail())
    assert str(caught.value) == "the SMTP server answered 550"
    assert inbox.mails == []


async def test_failures_say_nothing_about_people(
    inbox: Inbox, smtp_port: int, mail: Callable[..., SendMail]
) -> None:
    """Not even in a traceback with its causes, which ends in logs and beside held jobs."""
    inbox.rcpt_answers.append("550 no such user sari@example.com")
    for payload in (mail(), mail(to="sari@example"), mail(context={"name": "Sari"})):
        with pytest.raises(PermanentFailure) as caught:
            await run_job(smtp(smtp_port), payload)
        error: BaseException | None = caught.value
        while error is not None:
            assert "sari" not in str(error).lower()
            error = error.__cause__ or error.__context__
        assert "sari@" not in "".join(traceback.format_exception(caught.value)).replace(str(payload), "")


async def test_a_server_that_is_away_is_tried_again(mail: Callable[..., SendMail]) -> None:
    with pytest.raises(MailDeferred):
        await run_job(smtp(9), mail())
    with pytest.raises(MailDeferred):
        await smtp(9).check()


async def test_checking_sends_nothing(inbox: Inbox, smtp_port: int) -> None:
    await smtp(smtp_port).check()
    assert inbox.mails == []
    with pytest.raises(MailRefused):
        await smtp(smtp_port, starttls=True).check()


def certificate(folder: Path) -> Path:
    """Write a self-signed certificate for 127.0.0.1 with its key into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


async def test_starttls_is_demanded_and_certificates_are_checked(
    inbox: Inbox, mail: Callable[..., SendMail], tmp_path: Path
) -> None:
    pem = certificate(tmp_path)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))
    controller, port = start_smtp(inbox, tls_context=server_side, require_starttls=True)
    try:
        await run_job(smtp(port, starttls=True, tls_context=trusting), mail())
        assert inbox.secure == [True]
        with pytest.raises(MailRefused):  # nobody vouches for this certificate
            await run_job(smtp(port, starttls=True), mail())
    finally:
        controller.stop()
    controller, port = start_smtp(inbox)
    try:
        with pytest.raises(MailRefused):  # a server (or somebody in between) that offers no STARTTLS
            await run_job(smtp(port, starttls=True, tls_context=trusting), mail())
    finally:
        controller.stop()
    assert len(inbox.mails) == 1


def test_a_password_does_not_travel_in_the_clear() -> None:
    with pytest.raises(ValueError, match="sent unencrypted"):
        SmtpTransport("mail.example", 25, user="radio", password="secret", starttls=False)
    SmtpTransport("localhost", 25, user="radio", password="secret", starttls=False)


@pytest.fixture
async def by_resend(db: Database, resend: FakeResend) -> AsyncIterator[Mailer]:
    given = settings(resend_api_key="re_test", mail_from="El Shaddai FM <noreply@radio.example>")
    mailer = open_mailer(given, db, resend_url=resend.url)
    yield mailer
    await mailer.close()


async def test_resend_gets_the_mail_once(
    by_resend: Mailer, resend: FakeResend, mail: Callable[..., SendMail]
) -> None:
    payload = mail(reply_to="studio@radio.example", to_name="佐藤, さくら")
    await run_job(by_resend, payload)
    await run_job(by_resend, payload)
    assert len(resend.requests) == 2
    assert resend.requests[0][1] == resend.requests[1][1]
    body = resend.sent[payload.key]
    assert list(resend.sent) == [payload.key]
    assert body["from"] == "El Shaddai FM <noreply@radio.example>"
    assert body["to"] == ['"佐藤, さくら" <sari@example.com>']
    assert body["reply_to"] == ["studio@radio.example"]
    assert body["subject"] == "Selamat datang, Sari"
    assert body["text"].startswith("Halo Sari,")
    assert "<p>Halo Sari,</p>" in body["html"]


@pytest.mark.parametrize(
    ("status", "name", "headers", "expected", "message"),
    [
        (500, "internal_server_error", {}, MailDeferred, "Resend answered 500 internal_server_error"),
        (503, "", {}, MailDeferred, "Resend answered 503"),
        (429, "rate_limit_exceeded", {}, MailDeferred, "Resend answered 429 rate_limit_exceeded"),
        (
            429,
            "daily_quota_exceeded",
            {"Retry-After": "90"},
            RetryLater,
            "Resend answered 429 daily_quota_exceeded",
        ),
        (409, "concurrent_idempotent_requests", {}, MailDeferred, None),
        (409, "invalid_idempotent_request", {}, MailRefused, None),
        (422, "invalid_parameter", {}, MailRefused, "Resend answered 422 invalid_parameter"),
        (403, "sari@example.com", {}, MailRefused, "Resend answered 403"),
    ],
)
async def test_resend_failures_are_sorted(
    by_resend: Mailer,
    resend: FakeResend,
    mail: Callable[..., SendMail],
    status: int,
    name: str,
    headers: dict[str, str],
    expected: type[Exception],
    message: str | None,
) -> None:
    resend.answers.append(
        (status, headers, {"statusCode": status, "name": name, "message": "sari@example.com"})
    )
    payload = mail()
    with pytest.raises(expected) as caught:
        await run_job(by_resend, payload)
    assert type(caught.value) is expected
    assert "sari" not in str(caught.value)
    if message is not None:
        assert str(caught.value) == message
    if isinstance(caught.value, RetryLater):
        assert caught.value.delay_seconds == 90
    assert resend.sent == {}
    await run_job(by_resend, payload)
    assert list(resend.sent) == [payload.key]


async def test_all_mails_take_one_connection_to_resend_which_closes_with_the_mailer(
    by_resend: Mailer, resend: FakeResend, mail: Callable[..., SendMail]
) -> None:
    for number in range(3):
        await run_job(by_resend, mail(to=f"sari{number}@example.com"))
    assert (len(resend.sent), resend.connections) == (3, 1)
    assert not resend.left.is_set()

    await by_resend.close()

    async with asyncio.timeout(5):
        await resend.left.wait()


async def test_a_process_that_stops_closes_its_mailer(
    by_resend: Mailer, resend: FakeResend, mail: Callable[..., SendMail], tmp_path: Path
) -> None:
    product = load_product("radio")
    given = load_product_settings(
        product, Path("/nonexistent"), environ={}, app_env="test", colonnade_home=tmp_path
    )
    services = open_services(product, given, "postgresql://nobody@127.0.0.1:1/none")
    services.mailer = by_resend
    await run_job(by_resend, mail())
    assert not resend.left.is_set()

    await stop_services(services)

    async with asyncio.timeout(5):
        await resend.left.wait()


async def test_resend_away_is_tried_again(db: Database, mail: Callable[..., SendMail]) -> None:
    mailer = open_mailer(settings(resend_api_key="re_test"), db, resend_url="http://127.0.0.1:9")
    with pytest.raises(MailDeferred) as caught:
        await run_job(mailer, mail())
    assert str(caught.value) == "Resend cannot be reached: ConnectError"


async def test_without_settings_mails_land_in_the_mailbox(
    db: Database, mail: Callable[..., SendMail]
) -> None:
    mailer = open_mailer(settings(mail_from="El Shaddai FM <noreply@radio.example>"), db)
    assert mailer.is_development
    first, second = mail(), mail(language="en", to="budi@example.com", to_name=None, reply_to="s@example.com")
    await run_job(mailer, first)
    await run_job(mailer, first)
    await run_job(mailer, second)

    newest, oldest = await list_dev_mails(db)
    assert (newest.recipient, newest.subject, newest.language) == ("budi@example.com", "Welcome, Sari", "en")
    assert (oldest.recipient, oldest.language) == ("Sari Dewi <sari@example.com>", "id")
    whole = await fetch_dev_mail(db, newest.id)
    assert (whole.sender, whole.reply_to) == ("El Shaddai FM <noreply@radio.example>", "s@example.com")
    assert whole.text == "Hello Sari,\n\nthank you for joining as mitra.\n"
    assert whole.html is None
    assert "<p>Halo Sari,</p>" in str((await fetch_dev_mail(db, oldest.id)).html)
    for unknown in (0, -1, 10**6, 2**70):
        with pytest.raises(NotFound):
            await fetch_dev_mail(db, unknown)
    assert len(await list_dev_mails(db, limit=1)) == 1


async def test_the_mailbox_keeps_the_newest_five_hundred(db: Database, mail: Callable[..., SendMail]) -> None:
    await db.execute(
        "INSERT INTO dev_mailbox (message_id, sender, recipient, subject, language, text_body)"
        " SELECT n::text, 's', 'r', 'old', 'id', 't' FROM generate_series(1, 510) AS n"
    )
    await run_job(open_mailer(settings(), db), mail())
    assert await db.fetch_value("SELECT count(*) FROM dev_mailbox") == 500
    assert (await list_dev_mails(db))[0].subject == "Selamat datang, Sari"


async def test_production_has_no_mailbox(db: Database, mail: Callable[..., SendMail]) -> None:
    mailer = open_mailer(settings(app_env="production"), db)
    assert not mailer.is_development
    with pytest.raises(PermanentFailure, match="mail is not set up"):
        await run_job(mailer, mail())
    assert await list_dev_mails(db) == []


def test_smtp_comes_first(db: Database) -> None:
    mailer = open_mailer(settings(smtp_host="mail.example", resend_api_key="re_test"), db)
    assert isinstance(mailer.transport, SmtpTransport)


async def test_broken_templates_are_not_tried_again(db: Database, mail: Callable[..., SendMail]) -> None:
    with pytest.raises(TemplateBroken):
        await run_job(open_mailer(settings(), db), mail(context={}))
    assert await list_dev_mails(db) == []


def test_the_payload_keeps_its_key_in_the_queue(mail: Callable[..., SendMail]) -> None:
    payload = mail()
    assert len(payload.key) == 32
    assert msgspec.json.decode(send_mail.encode(payload))["key"] == payload.key
    assert send_mail.decode(send_mail.encode(payload)) == payload
    assert payload.key != mail().key
    assert (send_mail.name, send_mail.max_attempts) == ("mail.send", 8)

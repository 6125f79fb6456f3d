"""Staff passwords: reset by mail when forgotten, changed by their owner, and refused when common."""

from __future__ import annotations

import re

from colonnade.kernel.mail import fetch_dev_mail, list_dev_mails

PASSWORD = "sangat-rahasia-123"
NEW = "gudang garam di tepi laut"


async def last_mail(radio, address):
    """Run the queue and return the latest mail to an address."""
    await radio.work()
    mails = [mail for mail in await list_dev_mails(radio.services.db) if address in mail.recipient]
    return await fetch_dev_mail(radio.services.db, mails[0].id) if mails else None


async def log_in(radio, password):
    http = await radio.http()
    return await http.post("/auth/login", json={"email": "editor@test.id", "password": password})


async def test_a_forgotten_password_is_reset_by_mail(radio):
    editor, visitor = await radio.http("editor"), await radio.http()
    answer = await visitor.post("/auth/password/forgot", json={"email": "editor@test.id"})
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    mail = await last_mail(radio, "editor@test.id")
    assert mail.subject == "El Shaddai FM: kode untuk kata sandi baru"
    code = re.search(r"\b\d{6}\b", mail.text)[0]
    body = {"email": "editor@test.id", "code": code, "password": NEW}
    assert (await visitor.post("/auth/password/reset", json=body)).status_code == 200

    assert (await editor.get("/auth/me")).status_code == 401
    assert (await log_in(radio, PASSWORD)).status_code == 401
    assert (await log_in(radio, NEW)).status_code == 200
    again = await visitor.post("/auth/password/reset", json={**body, "password": PASSWORD})
    assert (again.status_code, again.json()["error"]["code"]) == (400, "CODE_INVALID")


async def test_an_address_without_account_gets_the_same_answer_and_no_mail(radio):
    visitor = await radio.http()
    known = await visitor.post("/auth/password/forgot", json={"email": "editor@test.id"})
    unknown = await visitor.post("/auth/password/forgot", json={"email": "nobody@test.id"})
    assert (unknown.status_code, unknown.json()) == (known.status_code, known.json())
    assert await last_mail(radio, "nobody@test.id") is None


async def test_staff_change_their_own_password(radio):
    editor = await radio.http("editor")
    wrong = await editor.put("/auth/password", json={"currentPassword": "not-this-one", "newPassword": NEW})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "WRONG_PASSWORD")
    right = await editor.put("/auth/password", json={"currentPassword": PASSWORD, "newPassword": NEW})
    assert right.status_code == 200
    assert (await editor.get("/auth/me")).status_code == 200
    assert (await log_in(radio, NEW)).status_code == 200


async def test_new_staff_get_no_common_password(radio):
    admin = await radio.http("admin")
    staff = {"email": "baru@test.id", "name": "Budi Baru", "password": "password123"}
    answer = await admin.post("/staff", json=staff)
    said = {"password": "This is one of the most common passwords."}
    assert (answer.status_code, answer.json()["error"]["details"]) == (422, said)
    assert await radio.services.db.fetch_value("SELECT count(*) FROM accounts") == 3
    assert (await admin.post("/staff", json={**staff, "password": NEW})).status_code == 201

"""Mails about changes of an account: each says what was changed, and what its reader can do about it."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from colonnade.kernel.identity.notices import Change

MEMBER = "member@club.example"
BY_OTHERS = ("role-changed", "deactivated", "reactivated", "factors-reset")


@pytest.mark.parametrize("change", get_args(Change))
async def test_what_can_be_done_fits_what_was_changed(site: Any, change: Change) -> None:
    async with site.db.transaction() as tx:
        await site.services.notices.note_change(tx, site.people["member"], change, None)
    (mail,) = await site.mails(MEMBER)
    assert mail.subject.startswith("The Club: ")
    assert "{" not in mail.subject + mail.text
    # Of what an administrator did, a new password takes nothing back; who lost the address cannot reset one.
    assert ("administrator The Club" in mail.text) == (change in (*BY_OTHERS, "email-changed"))
    assert ("segera ganti kata sandi" in mail.text) == (change not in (*BY_OTHERS, "email-changed"))

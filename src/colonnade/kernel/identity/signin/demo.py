"""Keeps demonstration accounts, whose passwords are published, to local visits in development."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.kernel.core import Forbidden
from colonnade.kernel.core.settings import Settings

__all__ = ["check_demo_login"]


class DemoLoginElsewhere(Forbidden):
    """A login of a demonstration account, whose password is public, that is not a local visit."""

    code = "DEMO_LOGIN_LOCAL_ONLY"
    message = (
        "Demonstration accounts sign in only from this machine or its private network, "
        "under a local name such as localhost."
    )


class DemoLoginDisabled(Forbidden):
    """A login in production with the published password of a demonstration account."""

    code = "DEMO_LOGIN_DISABLED"
    message = (
        "The published password of a demonstration account opens nothing here. "
        "`colonnade admin create` makes an account of your own."
    )


def check_demo_login(
    published: Mapping[str, str], settings: Settings, email: str, password: str, *, is_local: bool
) -> None:
    """Refuse a demonstration account, whose password is published, to visitors from elsewhere.

    `published` are the passwords by address, in lower case. Raise DemoLoginElsewhere unless the request `is_local`, and
    DemoLoginDisabled for the published password in production: a database that was used in development may still hold
    the account. If no demonstration data is written, the address with another password is one like any other.
    """
    known = published.get(email.strip().casefold())
    if known is None:
        return
    is_published = password == known
    if settings.production:
        if is_published:
            raise DemoLoginDisabled
    elif (is_published or settings.demo) and not is_local:
        raise DemoLoginElsewhere

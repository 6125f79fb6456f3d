"""The setting of products that let people verify their e-mail addresses."""

from __future__ import annotations

from pydantic import Field

from colonnade.kernel.core.settings import SliceSettings

__all__ = ["SignInSettings"]


class SignInSettings(SliceSettings):
    """For the slice that mounts `verification_routes`, without which no address could be verified."""

    title = "signing in"

    unverified_sign_in: bool = Field(
        True,
        description=(
            "Whether people may sign in before they have verified their e-mail address. Codes are requested at "
            "/auth/email/verification."
        ),
    )

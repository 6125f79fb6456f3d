"""The setting of products that let people prove their e-mail addresses."""

from __future__ import annotations

from pydantic import Field

from colonnade.kernel.core.settings import SliceSettings

__all__ = ["SignInSettings"]


class SignInSettings(SliceSettings):
    """Named by the slice that mounts `verification_routes`: without these nobody could ever be verified."""

    title = "signing in"

    unverified_sign_in: bool = Field(
        True,
        description=(
            "Whether people may sign in before they have proved their e-mail address. Codes for that are asked for at "
            "/auth/email/verification."
        ),
    )

"""The providers, and how each differs from the standard.

There are presets for Google, Facebook and TikTok, and any OpenID Connect issuer; each is enabled by its client id.
Sources: OpenID Connect Core and Discovery 1.0; Google Identity "OpenID Connect"; Meta "Manually Build a Login Flow" and
"Limited Login"; TikTok "Login Kit for Web".

Out of scope: calling a provider (`client`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from colonnade.kernel.core.settings import Settings, SettingsError
from colonnade.kernel.outbound import AddressRefused, check_url, is_loopback_url

__all__ = ["Endpoints", "Provider", "facebook", "generic", "google", "open_providers", "tiktok"]


class Endpoints(msgspec.Struct, frozen=True):
    """The addresses of a provider that has no discovery document."""

    authorize: str
    token: str
    profile: str


class Provider(msgspec.Struct, frozen=True):
    """One provider.

    `issuer` is set if it supports OpenID Connect; then keys and, without `endpoints`, addresses come from its discovery
    document. `kind` tells where a profile is read after the exchange of a code: in the ID token, or with the access
    token in Facebook's or TikTok's own API. `app_client_ids` are further audiences of ID tokens: the mobile apps.
    `pkce` tells that it supports RFC 7636.
    """

    name: str
    title: str
    client_id: str
    client_secret: str | None
    kind: Literal["oidc", "facebook", "tiktok"] = "oidc"
    issuer: str | None = None
    other_issuers: tuple[str, ...] = ()
    endpoints: Endpoints | None = None
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    app_client_ids: tuple[str, ...] = ()
    pkce: bool = True
    loopback: bool = False

    @property
    def issuers(self) -> tuple[str, ...]:
        """The values that `iss` of an ID token may have."""
        return (self.issuer, *self.other_issuers) if self.issuer else ()

    @property
    def audiences(self) -> tuple[str, ...]:
        """The values that `aud` of an ID token that an app posts may have."""
        return (self.client_id, *self.app_client_ids)

    @property
    def takes_id_tokens(self) -> bool:
        """Whether apps can post its ID tokens."""
        return self.issuer is not None


def google(client_id: str, client_secret: str | None, *, app_client_ids: tuple[str, ...] = ()) -> Provider:
    """Return the preset for Google, whose ID tokens name the issuer with or without https."""
    return Provider(
        name="google",
        title="Google",
        client_id=client_id,
        client_secret=client_secret,
        issuer="https://accounts.google.com",
        other_issuers=("accounts.google.com",),
        app_client_ids=app_client_ids,
    )


def facebook(client_id: str, client_secret: str | None) -> Provider:
    """Return the preset for Facebook: OAuth 2 and the Graph API in browsers, ID tokens of its Limited Login in apps.

    It does not tell whether an e-mail is verified, so only their owners link its accounts.
    """
    return Provider(
        name="facebook",
        title="Facebook",
        client_id=client_id,
        client_secret=client_secret,
        kind="facebook",
        issuer="https://www.facebook.com",
        endpoints=Endpoints(
            authorize="https://www.facebook.com/v23.0/dialog/oauth",
            token="https://graph.facebook.com/v23.0/oauth/access_token",  # noqa: S106  (an address)
            profile="https://graph.facebook.com/v23.0/me?fields=id,name,email",
        ),
        scopes=("public_profile", "email"),
    )


def tiktok(client_id: str, client_secret: str | None) -> Provider:
    """Return the preset for TikTok: OAuth 2 with names of its own (`client_key`, scopes joined by commas), no e-mail.

    Its web flow does not support PKCE (its desktop flow has a different challenge): state and client secret protect
    the exchange.
    """
    return Provider(
        name="tiktok",
        title="TikTok",
        client_id=client_id,
        client_secret=client_secret,
        kind="tiktok",
        endpoints=Endpoints(
            authorize="https://www.tiktok.com/v2/auth/authorize/",
            token="https://open.tiktokapis.com/v2/oauth/token/",  # noqa: S106  (an address)
            profile="https://open.tiktokapis.com/v2/user/info/?fields=open_id,display_name",
        ),
        scopes=("user.info.basic",),
        pkce=False,
    )


def generic(
    issuer: str, client_id: str, client_secret: str | None, *, title: str, production: bool
) -> Provider:
    """Return any OpenID Connect provider; outside production it may run on this machine without https.

    Raise AddressRefused if the issuer's address may not be called.
    """
    loopback = is_loopback_url(issuer) and not production
    check_url(issuer, loopback=loopback)
    return Provider(
        name="oidc",
        title=title,
        client_id=client_id,
        client_secret=client_secret,
        issuer=issuer.rstrip("/"),
        other_issuers=(issuer,) if issuer.endswith("/") else (),
        loopback=loopback,
    )


def open_providers(settings: Settings) -> dict[str, Provider]:
    """Return the providers in these settings by name. Raise SettingsError if a provider's settings are not valid."""
    found: list[Provider] = []
    if settings.google_client_id:
        found.append(
            google(
                settings.google_client_id,
                _secret(settings, "google"),
                app_client_ids=settings.google_app_client_ids,
            )
        )
    if settings.facebook_client_id:
        found.append(facebook(settings.facebook_client_id, _secret(settings, "facebook")))
    if settings.tiktok_client_id:
        found.append(tiktok(settings.tiktok_client_id, _secret(settings, "tiktok")))
    if settings.oidc_issuer:
        if not settings.oidc_client_id:
            raise SettingsError("OIDC_CLIENT_ID must be set together with OIDC_ISSUER")
        try:
            found.append(
                generic(
                    settings.oidc_issuer,
                    settings.oidc_client_id,
                    _secret(settings, "oidc"),
                    title=settings.oidc_title,
                    production=settings.production,
                )
            )
        except AddressRefused as error:
            raise SettingsError(f"OIDC_ISSUER: {error}") from None
    return {provider.name: provider for provider in found}


def _secret(settings: Settings, name: str) -> str | None:
    value = getattr(settings, f"{name}_client_secret")
    return value.get_secret_value() if value is not None else None

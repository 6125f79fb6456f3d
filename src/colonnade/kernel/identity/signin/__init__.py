"""Signing in: by e-mail and password, the second step of every login, and the routes of both.

Every first factor (a password, a provider's profile) ends in `Logins.admit`, which opens the session or asks for the
second factor. A product mounts `login_routes()`. Names are exported by `colonnade.kernel.identity`.

Out of scope: sessions (`sessions`); second factors and their proofs (`mfa`, `passkeys`).
"""

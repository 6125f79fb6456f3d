"""Signing in: what a first factor leads to, the second step, and the routes of both.

Every first factor (a password, a provider's word) ends in `Logins.admit`, which opens the session or asks for the
second. A product mounts `login_routes()`. Names are exported by `colonnade.kernel.identity`.

Out of scope: what a session is, and how it begins and ends (`sessions`); factors and their proofs (`mfa`, `passkeys`).
"""

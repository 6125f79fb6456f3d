"""Authenticator apps (TOTP), recovery codes, and the check of a proof of any second factor.

A product mounts `mfa_routes()` (and `passkey_routes()`, and `factor_reset_routes()` for administrators). Names are
exported by `colonnade.kernel.identity`.

Out of scope: the step of a login that asks for a second factor (`signin`).
"""

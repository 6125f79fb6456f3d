"""Second factors: authenticator apps (TOTP), recovery codes and passkeys, and the login step that asks for them.

A product mounts `mfa_routes()` (and `passkey_routes()`, and `factor_reset_routes()` for administrators); every
first factor ends in `admit`, which opens the session or asks for the second. Names are exported by
`colonnade.kernel.identity`.
"""

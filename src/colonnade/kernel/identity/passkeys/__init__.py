"""Passkeys (WebAuthn): as a second factor, as a step-up, and by themselves as a login.

A product mounts `passkey_routes()`. `ceremonies` speaks WebAuthn and knows no database, `passkeys` the other way
round. Names are exported by `colonnade.kernel.identity`.
"""

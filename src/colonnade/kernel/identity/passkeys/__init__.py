"""Passkeys (WebAuthn): as a second factor, as a step-up, and by themselves as a login.

A product mounts `passkey_routes()`. `ceremonies` speaks WebAuthn without the database; `passkeys` reads and
writes the database. Names are exported by `colonnade.kernel.identity`.
"""

"""Sessions, one per device, and their refresh tokens.

A product mounts `login_routes()` and `session_routes()`. Every way to sign in (a password, a second factor, a passkey,
another provider, a code) ends in `Sessions.open`, and in `logged_in` for its answer. Names are exported by
`colonnade.kernel.identity`.
"""

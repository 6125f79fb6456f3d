"""Which second factors an account has, which roles must have one, and the recovery codes beside them.

The factors themselves are in `mfa` (authenticator apps) and `passkeys`, which stand on this.
"""

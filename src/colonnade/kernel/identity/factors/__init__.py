"""The second factors of an account, the roles that require one, and recovery codes.

Out of scope: the factors themselves (`mfa` for authenticator apps, `passkeys`), which build on this.
"""

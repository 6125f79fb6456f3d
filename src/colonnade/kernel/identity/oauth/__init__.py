"""Signing in with an account elsewhere: OpenID Connect and OAuth 2 providers, in browsers and in mobile apps.

A product mounts `oauth_routes()`; which providers there are is settings (see `providers`). Names are exported by
`colonnade.kernel.identity`.
"""

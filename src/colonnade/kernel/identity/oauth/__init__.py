"""Signing in with an external account: OpenID Connect and OAuth 2 providers, in browsers and in mobile apps.

A product mounts `oauth_routes()`; settings name the providers (see `providers`). Names are exported by
`colonnade.kernel.identity`.
"""

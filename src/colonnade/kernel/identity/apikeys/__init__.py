"""API keys: bearers for programs, where people send an access token.

A key is scoped to permissions and never has more of them than its owner has at that moment. A product mounts
`api_key_routes()`; the Authenticator recognises keys by their prefix. Names are exported by
`colonnade.kernel.identity`.
"""

"""API keys: what a program sends where a person would send an access token.

A key is scoped to permissions and never has more than its owner has at that moment. A product mounts
`api_key_routes()`; the Authenticator recognises keys by their prefix. Names are exported by
`colonnade.kernel.identity`.
"""

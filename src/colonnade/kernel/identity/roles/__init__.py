"""Roles made at run time, for products whose Policy has `custom_roles=True`; a product mounts `role_routes()`.

A request's permissions are read together with its session, so that a change takes effect at once in every process;
there is no cache to invalidate.
"""

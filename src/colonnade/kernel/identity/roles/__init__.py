"""Roles made at run time, for products whose Policy has `custom_roles=True`; a product mounts `role_routes()`.

A request's permissions are read together with its session, so that a change holds at once and on every process;
nothing is cached and nothing needs to be told.
"""

"""Step-up: authenticating again before a dangerous action.

Dangerous routes have the guard `recently_verified()`, which answers 403 STEP_UP_REQUIRED until the session has been
verified here. A product mounts `step_up_routes()`.
"""

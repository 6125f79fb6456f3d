"""Step-up: proving again who is there before something dangerous is done.

Routes that are dangerous name `recently_verified()` as a guard; it answers 403 STEP_UP_REQUIRED until this session
has been verified here. A product mounts `step_up_routes()`.
"""

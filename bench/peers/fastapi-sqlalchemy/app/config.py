"""Settings from the environment; read once at start."""

from __future__ import annotations

import os

DATABASE_URL = os.environ["DATABASE_URL"]
DATABASE_SCHEMA = os.environ.get("DATABASE_SCHEMA", "public")
POOL_SIZE = int(os.environ.get("DB_POOL_SIZE", "10"))
CACHE_TTL_SECONDS = int(os.environ.get("CACHE_TTL_SECONDS", "1800"))
CACHE_MAX_ENTRIES = int(os.environ.get("CACHE_MAX_ENTRIES", "1000"))
RATE_LIMIT = int(os.environ.get("RATE_LIMIT_GLOBAL", "1000000000"))
JWT_SECRET = os.environ["JWT_SECRET"]
JWT_AUDIENCE = os.environ.get("JWT_AUDIENCE", "radio")
CORS_ORIGIN = os.environ.get("FRONTEND_URL", "http://localhost:5173")

"""The settings of a process: names, defaults, sources of values, and checks for production.

`load_settings` reads the environment and `.env`; `Settings(...)` itself reads neither, so that tests state every
value they depend on. `check_production` and `check_database_role` find what must not go live. Messages name settings
and never show a value.
"""

from colonnade.kernel.core.settings.loading import (
    ALIASES,
    find_setting,
    load_settings,
    quota_variable,
    read_env_file,
    setting_names,
    setting_prefix,
)
from colonnade.kernel.core.settings.model import Settings
from colonnade.kernel.core.settings.production import (
    check_database_role,
    check_production,
    find_development_risks,
)
from colonnade.kernel.core.settings.sections import SECTIONS, Section
from colonnade.kernel.core.settings.slices import SliceSettings
from colonnade.kernel.core.settings.types import SettingsError

__all__ = [
    "ALIASES",
    "SECTIONS",
    "Section",
    "Settings",
    "SettingsError",
    "SliceSettings",
    "check_database_role",
    "check_production",
    "find_development_risks",
    "find_setting",
    "load_settings",
    "quota_variable",
    "read_env_file",
    "setting_names",
    "setting_prefix",
]

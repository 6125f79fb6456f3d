"""The default of COLONNADE_HOME, the folder of everything kept on this machine.

Out of scope: making it (`secrets.prepare_home`).
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["default_home"]

_HERE = Path(".colonnade")
_CHECKOUT = Path(__file__).resolve().parents[4]
"""The checkout's root if this module runs from `src`; in an installed wheel, one of Python's own folders."""


def default_home() -> Path:
    """Return `.colonnade` in the current folder if it exists or Colonnade runs from a checkout.

    An installed package may be started in any folder: it keeps its data in the platform's folder for users' data
    (`~/.local/share/colonnade` or XDG_DATA_HOME, `~/Library/Application Support/colonnade` on macOS).
    """
    if _HERE.is_dir() or (_CHECKOUT / "pyproject.toml").is_file():
        return _HERE
    from platformdirs import user_data_path  # takes 25 ms to load, which a checkout need not spend

    return user_data_path("colonnade", appauthor=False)

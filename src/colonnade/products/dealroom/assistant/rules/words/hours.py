"""Words of days and hours, in all languages: how people say from when to when somebody is there.

A list is a text of folded words with spaces between them.

Out of scope: reading with them (`openings`, `calendars`), the names of days (`common`).
"""

from __future__ import annotations

__all__ = ["THROUGH"]

THROUGH = "- to through thru until till s a as ate al hasta au sampai sampe hingga الي الى حتى حتي لحد لين"
"""Words between the first and the last day of a range: "Monday to Friday"."""

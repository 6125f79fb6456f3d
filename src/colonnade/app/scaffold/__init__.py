"""Skeletons of products and slices: `colonnade new` writes them, and they pass every check at once.

`names` says what they may be called, `places` where they go, `rendering` makes texts of the files in `templates/`,
`editing` changes the product's own modules, `writing` puts everything on the disk or nothing.
"""

from colonnade.app.scaffold.errors import Refused
from colonnade.app.scaffold.places import Place
from colonnade.app.scaffold.products import new_product
from colonnade.app.scaffold.slices import new_slice

__all__ = ["Place", "Refused", "new_product", "new_slice"]

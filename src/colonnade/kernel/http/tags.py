"""Tags of the API description: the names that group routes, with a text for API users on what a group is for."""

from __future__ import annotations

__all__ = ["Tag"]


class Tag(str):
    """A tag and its `about`, given to a Router: `tags=[Tag("Orders", "What customers have bought.")]`.

    Routers that share a name need the text once; two different texts are an error of the description.
    """

    __slots__ = ("about",)

    about: str

    def __new__(cls, name: str, about: str = "") -> Tag:
        tag = super().__new__(cls, name)
        tag.about = about
        return tag

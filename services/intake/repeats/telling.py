"""What a text tells by rules: names of the accused, surnames, posts, places. In memory only."""

from .formulas import without_formulas
from .names import read_bare_names, read_given, read_posts
from .places import read_places
from .sounds import simplified
from .told import Told


def told(text: str, accused: list[tuple[str | None, str | None]]) -> Told:
    """Read a text, and beside it names and organisations where the sender gave them in fields of their own."""
    found = Told(without_formulas(simplified(text)))
    for name, organisation in accused:
        if name:
            read_given(simplified(name), found)
        if organisation:
            read_places(simplified(organisation), found)
    read_posts(found)
    read_places(found.simple, found)
    read_bare_names(found)
    for kept in (found.names, found.perhaps, found.surnames, found.posts, found.places, found.organs):
        kept[:] = list(dict.fromkeys(kept))[:6]
    return found

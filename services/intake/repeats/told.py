"""What a text tells of whom and where, as it is gathered. In memory only."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Told:
    """What a petition says of whom and where. Everything in simplified characters.

    names: full names of who seems to be accused; perhaps: what may be one, but no post stands beside it; surnames:
    theirs, and those of masked names; places: cores of villages and communities; organs: of other bodies; own: pieces
    of text that are none of the matter.
    """

    simple: str
    names: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    surnames: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    organs: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)


def is_han(one: str) -> bool:
    """Whether it is a Chinese character, or begins with one."""
    return bool(one) and "一" <= one <= "鿿"

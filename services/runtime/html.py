"""Pages for people, in every service alike: templates that escape, Chinese with its English beside it."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape


def templates(folder: Path) -> Environment:
    """The templates of a folder; what is not there is an error, never a blank."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["both"] = both
    return environment


def both(text: str) -> Markup:
    """``中文 / English`` as HTML that says which of the two is English."""
    chinese, slash, english = text.partition(" / ")
    if not slash:
        return escape(chinese)
    return Markup('{} <span lang="en">{}</span>').format(chinese, english)

"""The templates of the pages, and what fills them."""

from pathlib import Path

from markupsafe import Markup

from leukosmear.pages import page_environment

TEMPLATES = page_environment(Path(__file__).parent / "templates")


def fill(template: str, **values: object) -> str:
    """Fill a template of HTML.

    Args:
        template: Its name, without the suffix.
        **values: By the names that it uses; all of them, and they are escaped.
    """
    return TEMPLATES.get_template(f"{template}.html.j2").render(values)


def as_rendered(*fragments: str) -> list[Markup]:
    """Mark what our own templates rendered, and hence escaped, so that it stays as it is; leave out what is empty."""
    return [Markup(fragment) for fragment in fragments if fragment]

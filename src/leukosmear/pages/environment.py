"""The templates' environment: everything is escaped, a misspelt name is an error, a figure is part of the page."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from leukosmear.pages import formatting


def page_environment(templates: Path) -> Environment:
    """Make the environment of a pipeline's templates; everything put into them is escaped.

    Args:
        templates: The pipeline's own folder of templates. Beside these, the shared ones can be extended, included
            and imported: `page.html.j2`, `page.css` and `macros.html.j2`.
    """
    environment = Environment(
        loader=FileSystemLoader([templates, Path(__file__).parent / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=formatting.percent,
        count=formatting.count,
        decimal=formatting.decimal,
        file_size=formatting.file_size,
        duration=formatting.duration,
        data_uri=_data_uri,
        code=_code,
    )
    environment.globals.update(percent_interval=formatting.percent_interval, missing=formatting.MISSING)
    return environment


def _data_uri(svg: str) -> Markup:
    """Turn the text of an SVG into an address that holds it whole, for an attribute in double quotes.

    As an image, unlike inline, an SVG runs no scripts, and the ids of several do not clash. Only what would end the
    attribute or the address is escaped: base64 takes a third more. The SVG's own attributes get single quotes, so an
    apostrophe becomes an entity.
    """
    escapes = {"%": "%25", "#": "%23", "'": "%26%2339;", '"': "'", "&": "%26", "\n": " "}
    table = {ord(letter): escape for letter, escape in escapes.items()}
    return Markup("data:image/svg+xml;charset=utf-8," + svg.translate(table))


def _code(text: str) -> Markup:
    """Set what a text has in backticks, such as the name of a setting, as code; all of it is escaped."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into rows whose missing values are None, whatever the table came from."""
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()} for row in table.to_dict("records")
    ]

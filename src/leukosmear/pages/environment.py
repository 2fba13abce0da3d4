"""The templates' environment: everything is escaped, a misspelt name is an error, a figure is part of the page."""

import base64
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

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
    )
    environment.globals.update(percent_interval=formatting.percent_interval, missing=formatting.MISSING)
    return environment


def _data_uri(svg: str) -> str:
    """Turn the text of an SVG into an address that holds it whole.

    As an image, unlike inline, an SVG runs no scripts, and the ids of several do not clash.
    """
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into rows whose missing values are None, whatever the table came from."""
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()} for row in table.to_dict("records")
    ]

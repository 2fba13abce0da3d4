from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest
from jinja2 import UndefinedError

from leukosmear.pages import page_environment, records

PAGE = """{% extends "page.html.j2" %}
{% block title %}{{ title }}{% endblock %}
{% block style %}.own { color: red; }{% endblock %}
{% block header %}<h1>{{ title }}</h1>{% endblock %}
{% block main %}<img alt="" src="{{ svg | data_uri }}">{% endblock %}
{% block script %}const own = 1;{% endblock %}
"""


@pytest.fixture
def template(tmp_path):
    (tmp_path / "own.html.j2").write_text(PAGE)
    return page_environment(tmp_path).get_template("own.html.j2")


def test_a_page_has_its_own_blocks_within_the_shared_ones(template):
    text = template.render(title="<b>x</b>", svg="<svg/>")
    assert "<title>&lt;b&gt;x&lt;/b&gt;</title>" in text
    assert text.index("body {") < text.index(".own {") < text.index("</style>")
    assert text.index("function openTarget") < text.index("const own") < text.index("</script>")
    assert "For research use; not a medical device." in text


def test_a_figure_is_part_of_the_page(template):
    svg = '<svg>\n<a b="it\'s 5 % of &lt;#1>" c="d">\u00e4 &amp; "e"</a>\n</svg>'
    text = template.render(title="", svg=svg)
    address = text.split('src="data:image/svg+xml;charset=utf-8,')[1].split('"')[0]
    assert not set("#&\n") & set(address)
    shown = ElementTree.fromstring(unquote(address)).find("a")
    assert shown.attrib == {"b": "it's 5 % of <#1>", "c": "d"}
    assert shown.text == "\u00e4 & 'e'"


def test_a_misspelt_name_is_an_error(template):
    with pytest.raises(UndefinedError, match="svg"):
        template.render(title="", svgs="")


def test_records_have_none_where_a_table_has_nothing():
    table = pd.DataFrame({"a": [1.5, float("nan")], "b": pd.array([None, 2], dtype="Int64"), "c": ["x", None]})
    assert records(table) == [{"a": 1.5, "b": None, "c": "x"}, {"a": None, "b": 2, "c": None}]


def test_names_in_backticks_are_code_and_nothing_is_markup(tmp_path):
    (tmp_path / "own.html.j2").write_text("{{ text | code }}")
    page = page_environment(tmp_path).get_template("own.html.j2")
    assert page.render(text="set `a.b` to <1>; `alone") == "set <code>a.b</code> to &lt;1&gt;; `alone"

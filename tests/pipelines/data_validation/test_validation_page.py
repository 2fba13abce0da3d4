"""The page of the data gate: what it says, and how it opens in a browser."""

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page

from conftest import assert_fits
from leukosmear.parameters import (
    AcquisitionParameters,
    DuplicateParameters,
    QualityParameters,
    SameFieldParameters,
    ValidationParameters,
)
from leukosmear.pipelines.data_validation.page import render_validation_page

SVG = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="700pt" height="90pt"/>'
FIGURES = ("class_distribution", "image_size", "scale_bar", "quality", "acquisition", "same_field")
ODD = "<b>\"Ä'&/<script>alert(1)</script>\n.jpg"
# A name that has no place to break at must not push the page wider than the screen.
UNBROKEN = "B/" + "x" * 200


def check(name: str = "readable files", verdict: str = "pass", details: list[str] | None = None) -> dict:
    return {
        "check": name,
        "expected": f"{name} as they should be",
        "found": f"{name} as they are",
        "verdict": verdict,
        "details": details or [],
    }


def inventory(names: list[str], n_rejected: int = 0, **columns: list) -> pd.DataFrame:
    """One row per file; the last `n_rejected` could not be read."""
    n = len(names)
    values = {
        "image_id": names,
        "label": [name.split("/")[0] for name in names],
        "file_name": names,
        "brightness": [200.0] * n,
        "contrast": [30.0] * n,
        "sharpness": [100.0] * n,
        "scale_bar": ["none"] * n,
        "quality": [""] * n,
        "field_id": names,
        "acquisition_id": [f"{name.split('/')[0]}/none/01" for name in names],
        "status": ["accepted"] * n,
        "reason": [None] * n,
    }
    table = pd.DataFrame(values | columns)
    lost = table.index[n - n_rejected :]
    table.loc[lost, ["status", "reason"]] = ["rejected", "the file is empty"]
    table.loc[lost, ["brightness", "contrast", "sharpness", "scale_bar", "field_id", "acquisition_id"]] = None
    return table


PAIR_COLUMNS = ["image_id_a", "image_id_b", "shift_x", "shift_y", "overlap", "correlation"]
DUPLICATE_COLUMNS = ["image_id_a", "image_id_b", "kind", "distance"]


def render(
    checks: list[dict],
    images: pd.DataFrame | None = None,
    same_fields: list[tuple] = (),
    duplicates: list[tuple] = (),
    title: str = "a data set",
    synthetic: bool = False,
    **dataset: object,
) -> str:
    return render_validation_page(
        title=title,
        synthetic=synthetic,
        validation_report={"dataset": {"n_files": 1234, "n_bytes": 5_000_000, **dataset}, "checks": checks},
        image_inventory=inventory(["A/1", "B/2"]) if images is None else images,
        duplicate_pairs=pd.DataFrame(list(duplicates), columns=DUPLICATE_COLUMNS),
        same_field_pairs=pd.DataFrame(list(same_fields), columns=PAIR_COLUMNS),
        data_validation=ValidationParameters(
            max_rejected_fraction=0.05, min_images_per_class=10, max_imbalance_ratio=3, workers=2
        ),
        duplicates=DuplicateParameters(),
        same_field=SameFieldParameters(workers=2),
        acquisitions=AcquisitionParameters(images_per_block=36),
        quality=QualityParameters(),
        **{f"{name}_figure": SVG for name in FIGURES},
    )


class Content(HTMLParser):
    """What a test wants to know of a page: its tags, texts and references, and the text of each list."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.links, self.ids, self.headings, self.alts = [], [], [], [], []
        self.parts: list[str] = []
        self.lists: dict[str, list[str]] = {}
        self.list: str | None = None
        self.feed(text)
        self.text = " ".join("".join(self.parts).replace("\u00a0", " ").split())

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.links += [values[name] for name in ("src", "href", "srcset", "action") if name in values]
        self.ids += [values["id"]] if "id" in values else []
        self.headings += [int(tag[1])] if tag in ("h1", "h2", "h3", "h4") else []
        self.alts += [values["alt"]] if tag == "img" else []
        if tag == "details":
            self.list = values["id"]
            self.lists[self.list] = []
        self.parts.append(" ")

    def handle_endtag(self, tag):
        if tag == "details":
            self.list = None

    def handle_data(self, data):
        self.parts.append(data)
        if self.list and data.strip():
            self.lists[self.list].append(data.strip())


def test_whatever_files_and_classes_are_called_is_only_text():
    # A class, a file, a group, a kind of bar, a flag, a reason, a case and the data set have names that are markup.
    images = inventory(
        [ODD, f"{ODD}2"], scale_bar=[ODD] * 2, quality=[ODD] * 2, acquisition_id=[ODD] * 2, field_id=[ODD] * 2
    )
    page = Content(
        render(
            [check(ODD, "fail", [ODD]), check("classes", "warn", [f"{ODD} again"])],
            images,
            [(ODD, ODD, 1, -2, 0.5, 0.9)],
            [(ODD, ODD, ODD, 0)],
            title=ODD,
        )
    )
    assert page.tags.count("script") == 1
    assert "b" not in page.tags
    assert page.text.count("<script>alert(1)</script>") > 12
    assert "<b>\"Ä'&/<script>" in page.text


@pytest.mark.parametrize(
    ("verdict", "symbol", "headline"),
    [
        ("pass", "✓", "✓ pass The images go on"),
        ("warn", "▲", "✓ pass with 1 warning The images go on"),
        ("fail", "✕", "✕ fail 1 of 2 checks failed. The run stops"),
        ("not checked", "○", "✓ pass The images go on to training. 1 of 2 checks could not be made."),
    ],
)
def test_a_verdict_is_a_word_and_a_symbol(verdict, symbol, headline):
    page = Content(render([check("classes"), check("duplicates", verdict)]))
    assert headline in page.text
    row = f"{symbol} {verdict} duplicates duplicates as they should be duplicates as they are"
    assert row in page.text
    assert ("What to do" in page.text) == (verdict == "fail")


def test_a_failed_data_set_says_so_first_and_what_to_do():
    checks = [
        check("image size and mode"),
        check("archive", "not checked"),
        check("class balance", "warn"),
        check("readable files", "fail", ["A/1: the file is empty"]),
        check("something new", "fail"),
    ]
    page = Content(render(checks, inventory(["A/1", "B/2"], n_rejected=1)))
    top = page.text.split("Checks")[0]
    assert "✕ fail 2 of 5 checks failed" in top
    assert "readable files: Replace the files listed under this check" in top
    assert "something new: Mend or remove the cases" in top
    order = [page.text.index(f"{one['check']} as they are") for one in checks]
    assert sorted(range(5), key=order.__getitem__) == [3, 4, 2, 1, 0]
    assert "A/1: the file is empty" in page.lists["cases-1"]


def test_page_is_one_file_with_headings_and_descriptions():
    page = Content(render([check(details=["x"]), check("classes", "fail", ["y"])]))
    assert all(link.startswith(("data:", "#")) for link in page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert len(page.alts) == len(FIGURES)
    assert all(page.alts)
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))


def test_lists_are_complete_and_in_order():
    cases = [f"A/{index}: case" for index in range(500)]
    names = ["A/1", "A/2", "B/3"]
    page = Content(
        render(
            [check(details=cases)],
            inventory(
                names,
                quality=["blurred, dark", "", ""],
                acquisition_id=["A/none/01", "A/none/02", "B/none/01"],
                field_id=["A/1", "A/1", "B/3"],
            ),
            [("A/1", "A/2", 2.6, -4.4, 0.62, 0.98), ("A/1", "B/3", 0, 0, 1.0, 0.61)],
            [("A/1", "A/2", "near-identical", 5)],
        )
    )
    assert [text for text in page.lists["cases-1"] if text.endswith("case")] == cases
    assert page.lists["same-fields"][-12:] == [
        *("1", "A/1", "B/3", "+0, +0", "100\u00a0%", "0.610"),
        *("2", "A/1", "A/2", "+3, -4", "62\u00a0%", "0.980"),
    ]
    assert page.lists["duplicates"][-5:] == ["1", "A/1", "A/2", "near-identical", "5"]
    assert page.lists["flagged"][-6:] == ["1", "A/1", "blurred, dark", "100", "200", "30.0"]
    assert page.lists["groups"][-16:] == [
        *("2", "A", "2", "A/none/02", "1", "none", "A/2", "A/2"),
        *("3", "B", "1", "B/none/01", "1", "none", "B/3", "B/3"),
    ]
    assert page.lists["scale-bars"][-8:] == ["1", "A", "none", "2", "2", "B", "none", "1"]
    # Class, files, usable, flagged, kinds of bar, groups, fields.
    assert "A 2 2 1 1 2 1 B 1 1 0 1 1 1" in page.text


def test_cases_that_have_a_table_are_not_listed_twice():
    text = render([check("duplicates", "warn", ["A/1 and B/2"]), check("labels", "fail", ["A/1 and B/2"])])
    page = Content(text)
    assert [name for name in page.lists if name.startswith("cases")] == ["cases-1"]
    assert "Check: labels" in page.lists["cases-1"]
    assert {"#cases-1", "#duplicates"} <= set(page.links)


def test_a_data_set_without_pairs_says_so():
    page = Content(render([check()]))
    assert "No two images were found to show the same cells, shifted." in page.text
    for name in ("same-fields", "duplicates", "flagged"):
        assert page.lists[name][1] == "0"
        assert page.lists[name][-1].endswith("None was found.")


@pytest.mark.parametrize("n_rejected", [1, 3])
def test_what_is_missing_of_rejected_files_is_not_shown(n_rejected):
    page = Content(render([check("classes", "fail")], inventory(["A/1", "A/2", "B/3"], n_rejected)))
    assert ("B 1 0 0 0 0 0" in page.text) == (n_rejected >= 1)
    for word in ("nan", "None ", "<NA>", "NaT"):
        assert f" {word}" not in page.text.replace("None was", "")


def test_a_data_set_without_files_has_a_page():
    page = Content(render([check("readable files", "fail")], inventory([])))
    assert "No file was found." in page.text
    assert page.lists["groups"][-1].endswith("None was found.")


def test_a_link_beside_the_classes_is_no_class_of_its_own():
    page = Content(render([check()], inventory(["A/1", "B/2", "Loop"], n_rejected=1)))
    assert "A 1 1 0" in page.text
    assert "Loop" not in page.text


def test_nine_classes_each_have_their_line():
    page = Content(render([check()], inventory([f"class {index}/{number}" for index in range(9) for number in "12"])))
    assert all(f"class {index} 2 2 0 1 1 2" in page.text for index in range(9))


def test_counts_and_limits_are_named():
    page = Content(render([check()], n_streams=8, pixel_aspect=1.333333, note=None, spread={"low": 1, "high": 2}))
    assert "Files 1,234 Size on disk 5.0 MB Streams 8 Pixel aspect 1.333 Note \u2013 Spread low 1, high 2" in page.text
    assert "max_rejected_fraction 0.05 share of files that may be unusable before the run stops" in page.text
    assert "classes \u2013 names of the class folders to expect" in page.text
    assert "images_per_block 36 images of one class and scale bar" in page.text


@pytest.mark.parametrize("synthetic", [True, False])
def test_drawn_images_are_called_so(synthetic):
    page = Content(render([check()], synthetic=synthetic))
    assert ("SYNTHETIC DATA" in page.text) == synthetic
    assert page.text.count("not a medical device") == 2


def test_page_opens_from_disk_and_its_lists_unfold(tab: Page, tmp_path: Path):
    names = ["A/1", UNBROKEN]
    path = tmp_path / "validation.html"
    path.write_text(
        render(
            [
                check("readable files", "fail", [f"{UNBROKEN}{index}: broken" for index in range(300)]),
                check("x" * 90, "warn", ["one"]),
                check("completeness", "not checked"),
                check("classes"),
            ],
            inventory(names, scale_bar=["x" * 90] * 2, quality=["blurred"] * 2),
            [(*names, 10, -20, 0.5, 0.7)] * 40,
            [(*names, "identical", 0)],
            title="x" * 200,
        ),
        encoding="utf-8",
    )
    tab.goto(path.as_uri())
    assert_fits(tab)

    tab.get_by_role("link", name="300 listed").click()
    cases = tab.locator("#cases-1 .list")
    cases.get_by_text(f"{UNBROKEN}299: broken").wait_for()
    assert cases.evaluate("list => list.scrollHeight > list.clientHeight")

    while (closed := tab.locator("details:not([open]) summary")).count():
        closed.first.click()
    assert tab.locator("#same-fields tbody tr").count() == 40
    assert tab.locator("#duplicates td").last.is_visible()
    assert_fits(tab)


def test_figures_fit_the_width_of_a_screen(tab: Page, tmp_path: Path):
    path = tmp_path / "validation.html"
    path.write_text(render([check()]), encoding="utf-8")
    tab.goto(path.as_uri())
    widths = tab.locator("figure img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert len(widths) == len(FIGURES)
    assert all(width > 0 for width in widths)  # 0 where it is no image
    assert_fits(tab)

"""The page of the data gate: what it says, and how it opens in a browser."""

from itertools import pairwise
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
from leukosmear.pipelines.data_validation.page import (
    collect_figures,
    list_cases,
    list_limits,
    render_validation_page,
)
from page_content import Content, assert_is_snapshot

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
        "stream_id": [f"{name.split('/')[0]}/none" for name in names],
        "status": ["accepted"] * n,
        "reason": [None] * n,
    }
    table = pd.DataFrame(values | columns)
    lost = table.index[n - n_rejected :]
    table.loc[lost, ["status", "reason"]] = ["rejected", "the file is empty"]
    table.loc[lost, ["brightness", "contrast", "sharpness", "scale_bar", "field_id", "acquisition_id", "stream_id"]] = (
        None
    )
    return table


DATASET = {
    "n_files": 1234, "n_images": 1200, "n_classes": 2, "n_fields": 1100, "n_acquisitions": 9, "n_bytes": 5_000_000
}  # fmt: skip
PAIR_COLUMNS = ["image_id_a", "image_id_b", "shift_x", "shift_y", "overlap", "correlation"]
DUPLICATE_COLUMNS = ["image_id_a", "image_id_b", "kind", "distance"]


def render(
    checks: list[dict],
    images: pd.DataFrame | None = None,
    same_fields: list[tuple] = (),
    duplicates: list[tuple] = (),
    title: str = "a data set",
    synthetic: bool = False,
) -> str:
    return render_validation_page(
        title,
        synthetic,
        {"dataset": DATASET, "checks": checks},
        list_cases(
            inventory(["A/1", "B/2"]) if images is None else images,
            pd.DataFrame(list(duplicates), columns=DUPLICATE_COLUMNS),
            pd.DataFrame(list(same_fields), columns=PAIR_COLUMNS),
        ),
        list_limits(
            ValidationParameters(max_rejected_fraction=0.05, min_images_per_class=10, max_imbalance_ratio=3, workers=2),
            DuplicateParameters(),
            SameFieldParameters(workers=2),
            AcquisitionParameters(images_per_block=36),
            QualityParameters(),
        ),
        collect_figures(**dict.fromkeys(FIGURES, SVG)),
    )


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


def test_a_failed_data_set_is_shown_with_all_that_was_found() -> None:
    # Two names of no class follow: a link beside the class folders, and a class of which nothing can be used.
    names = ["A/1", "A/2", "B/3", "B/4", "C/5", "Loop"]
    groups = ["A/none/01", "A/none/02", "B/none/01", "B/none/01", None, None]
    images = inventory(
        names,
        n_rejected=2,
        quality=["blurred, dark", "", "", "", "", ""],
        scale_bar=["none", "red 1", "none", "none", None, None],
        stream_id=["A/none", "A/red 1", "B/none", "B/none", None, None],
        acquisition_id=groups,
        field_id=["A/1", "A/1", "B/3", "B/4", None, None],
    )
    checks = [
        check("image size and mode"),
        check("completeness", "not checked"),
        check("class balance", "warn", ["A: 2 images", "B: 2 images"]),
        check("readable files", "fail", ["C/5: the file is empty", "Loop: the file is empty"]),
        check("fields of view", "warn", ["A/1 and A/2: shifted"]),
        check("something new", "fail"),
    ]
    same_fields = [("A/1", "A/2", 2.6, -4.4, 0.62, 0.98), ("A/1", "B/3", 0, 0, 1.0, 0.61)]
    page = render(checks, images, same_fields, [("A/1", "A/2", "near-identical", 5)])
    assert_is_snapshot(Content(page), Path(__file__).with_name("failed_page.txt"))


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [
        ("pass", "\u2713 pass The images go on to training."),
        ("warn", "\u2713 pass with 1 warning The images go on to training."),
        ("not checked", "\u2713 pass The images go on to training. 1 of 2 checks could not be made."),
    ],
)
def test_the_worst_verdict_is_the_headline(verdict: str, headline: str) -> None:
    page = Content(render([check("classes"), check("duplicates", verdict)]))
    assert headline in page.text
    assert "What to do" not in page.text


@pytest.mark.parametrize("images", [inventory([]), inventory(["A/1", "B/2"]), inventory(["A/1", "B/2"], n_rejected=2)])
def test_page_is_one_file_with_headings_and_descriptions(images: pd.DataFrame) -> None:
    page = Content(render([check(details=["x"]), check("classes", "fail", ["y"])], images))
    assert all(link.startswith(("data:", "#")) for link in page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert len(page.alts) == len(FIGURES)
    assert all(page.alts)
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(page.headings))
    assert not {"nan", "None", "<NA>", "NaT"} & set(page.text.replace("None was", "").split())


def test_lists_are_complete_and_in_order() -> None:
    cases = [f"A/{index}: case" for index in range(500)]
    page = Content(render([check(details=cases)]))
    assert [line for line in page.lines if line.endswith(": case")] == cases


@pytest.mark.parametrize("synthetic", [True, False])
def test_drawn_images_are_called_so(synthetic: bool) -> None:
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

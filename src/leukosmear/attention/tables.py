"""What the networks look at: tables over all networks, and sentences on them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from leukosmear.attention.interventions import AS_THEY_ARE, INTERVENTIONS, ON_OTHER_CLASS, PAINTED_OVER
from leukosmear.cells.regions import REGIONS
from leukosmear.evaluation import ALL_CLASSES, ratios_with_intervals, take_side, wilson_interval
from leukosmear.evaluation.tables import largest_share
from leukosmear.pages import records
from leukosmear.pages.formatting import decimal, percent
from leukosmear.parameters import EvaluationParameters
from leukosmear.splitting import require_same_split


def tabulate_attention(
    split: pd.DataFrame, evaluation: EvaluationParameters, **attention: pd.DataFrame
) -> pd.DataFrame:
    """Average the networks' attention by class and region.

    Args:
        split: The split that they were made for; the bootstrap draws its acquisitions or fields.
        evaluation: Confidence level and bootstrap.
        **attention: For each network, by its name, one row per image: `label`, shares of the attention and of the area.

    Returns:
        One row per network, class (and all classes together) and region; columns `model`, `class`, `region`,
        `n_images` (with any attention), `attention` (share of it, 0 to 1), `area` (share of it), `enrichment`
        (attention over area), `..._low` and `..._high` of attention and enrichment, `grid_rows` and `grid_columns` (of
        the features that it was read off); empty where undefined.
    """
    rows = []
    for model, table in attention.items():
        require_same_split(table, split, f"the attention of {model}", partly=True)
        seen = table.dropna(subset=list(REGIONS))
        parts = [(ALL_CLASSES, seen)] + [(str(label), part) for label, part in seen.groupby("label")]
        for label, part in parts:
            described = {"model": model, "class": label, "n_images": len(part)}
            grid = {name: table[name].iloc[0] for name in ("grid_rows", "grid_columns")}
            for region, values in _average(part, split, evaluation).items():
                rows.append(described | {"region": region} | values | grid)
    columns = ["model", "class", "region", "n_images", *_WITH_BOUNDS, "area", "grid_rows", "grid_columns"]
    return pd.DataFrame(rows, columns=columns)


_WITH_BOUNDS = tuple(f"{name}{end}" for name in ("attention", "enrichment") for end in ("", "_low", "_high"))


def _average(
    part: pd.DataFrame, split: pd.DataFrame, evaluation: EvaluationParameters
) -> dict[str, dict[str, float | None]]:
    """Average the shares of some images, region by region."""
    if part.empty:
        return {region: dict.fromkeys((*_WITH_BOUNDS, "area")) for region in REGIONS}
    shares = part[list(REGIONS)].to_numpy(float)
    areas = part[[f"{region}_area" for region in REGIONS]].to_numpy(float)
    found = ratios_with_intervals(
        np.hstack([shares, shares]),
        np.hstack([np.ones_like(shares), areas]),
        tuple(part["image_id"]),
        split,
        evaluation,
    )
    averages = {}
    for index, region in enumerate(REGIONS):
        attention, enrichment = found[index], found[index + len(REGIONS)]
        averages[region] = {
            **_bounds("attention", *attention),
            **_bounds("enrichment", *enrichment),
            "area": float(areas[:, index].mean()),
        }
    return averages


def _bounds(name: str, value: float | None, interval: Sequence[float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def tabulate_interventions(
    split: pd.DataFrame, evaluation: EvaluationParameters, **tables: pd.DataFrame
) -> pd.DataFrame:
    """Score the networks on images whose cells or background were exchanged.

    Args:
        split: The split that they were made for; the bootstrap draws its acquisitions or fields.
        evaluation: Confidence level and bootstrap.
        **tables: For each network `<name>_predictions` and `<name>_interventions`.

    Returns:
        One row per network and intervention, the images as they are first; columns `model`, `intervention`,
        `n_images`, `accuracy` (share that was named by the cells' class, 0 to 1), `background_named` (share that was
        named by the background's class, where that is another one), and `..._low` and `..._high` of both.
    """
    rows = []
    for key in (name for name in tables if name.endswith("_interventions")):
        model, altered = key.removesuffix("_interventions"), tables[key]
        as_they_are = tables[f"{model}_predictions"]
        require_same_split(altered, split, f"the altered images of {model}", partly=True)
        require_same_split(as_they_are, split, f"the predictions of {model}")
        as_they_are = as_they_are[as_they_are["image_id"].isin(altered["image_id"])].assign(donor_label=None)
        parts = {AS_THEY_ARE: as_they_are}
        parts |= {str(name): part for name, part in altered.groupby("intervention", sort=False)}
        order = [name for name in INTERVENTIONS if name in parts]
        order += [name for name in parts if name not in INTERVENTIONS]
        for name in order:
            scores = _score(parts[name], split, evaluation)
            rows.append({"model": model, "intervention": name, "n_images": len(parts[name])} | scores)
    ends = ("", "_low", "_high")
    scores_of = [f"{name}{end}" for name in ("accuracy", "background_named") for end in ends]
    return pd.DataFrame(rows, columns=["model", "intervention", "n_images", *scores_of])


def _score(table: pd.DataFrame, split: pd.DataFrame, evaluation: EvaluationParameters) -> dict[str, float | None]:
    """Count how often the cells' class was named, and how often the background's."""
    scored = take_side(table.drop(columns=["donor_label", "intervention"], errors="ignore"), "test")
    right = scored.predicted == scored.truth
    named = {"accuracy": right}
    classes = np.array(scored.classes)
    donors = table["donor_label"]
    if donors.notna().all() and (donors.to_numpy() != table["label"].to_numpy()).all():
        named["background_named"] = classes[scored.predicted] == donors.to_numpy(str)
    scores: dict[str, float | None] = {}
    for name, hits in named.items():
        hits = hits.astype(float)[:, np.newaxis]
        ((share, interval),) = ratios_with_intervals(hits, np.ones_like(hits), scored.image_ids, split, evaluation)
        bounds = interval or wilson_interval(int(hits.sum()), len(hits), evaluation.confidence)
        scores |= _bounds(name, share, bounds)
    return scores


def describe_looks(
    conclusions: Mapping[str, Any], attention: pd.DataFrame, interventions: pd.DataFrame, split: pd.DataFrame
) -> dict[str, Any]:
    """Lay out what the report says of the networks' looks.

    Args:
        conclusions: Which model validation `chosen`, and which one stands for the paper's (`proposed`).
        attention: The table of `tabulate_attention`.
        interventions: The table of `tabulate_interventions`.
        split: Columns `label` and `side`.

    Returns:
        `networks` (names), `attention` and `interventions` (rows by network), `sentences` on those of the two models
        that are networks, `painted_over` (the row of the first of them with its cells painted over, or None), and
        `chance` (share of the largest class among the test images).
    """
    models, chance = [conclusions[key]["model"] for key in ("chosen", "proposed")], largest_share(split)
    networks = list(dict.fromkeys(interventions["model"]))
    looked_at = [model for model in dict.fromkeys(models) if model in networks]
    of_attention, of_interventions = _by_model(attention), _by_model(interventions)
    sentences = []
    for model in looked_at:
        sentences += _describe_attention(model, of_attention[model])
        sentences += _describe_interventions(model, of_interventions[model], chance)
    painted = [row for model in looked_at for row in of_interventions[model] if row["intervention"] == PAINTED_OVER]
    return {
        "networks": networks,
        "attention": of_attention,
        "interventions": of_interventions,
        "sentences": sentences,
        "painted_over": painted[0] if painted else None,
        "chance": chance,
    }


def _by_model(table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in records(table):
        rows.setdefault(row["model"], []).append(row)
    return rows


def _describe_attention(model: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    overall = next(row for row in rows if row["class"] == ALL_CLASSES and row["region"] == "cells")
    if overall["attention"] is None or overall["enrichment"] is None:
        return []
    return [
        f"{percent(overall['attention'])} of {model}\u2019s attention falls on stained cells, which cover "
        f"{percent(overall['area'])} of the images: {decimal(overall['enrichment'], 1)} times what attention that is "
        "spread evenly would give them."
    ]


def _describe_interventions(model: str, rows: Sequence[Mapping[str, Any]], chance: float) -> list[str]:
    by_name = {row["intervention"]: row for row in rows}
    sentences = []
    if ON_OTHER_CLASS in by_name:
        other = by_name[ON_OTHER_CLASS]
        sentences.append(
            f"With their cells on the background of another class, {model} names {percent(other['accuracy'])} of the "
            f"test images by their cells, and {percent(other['background_named'])} by the background."
        )
    if PAINTED_OVER in by_name:
        painted = by_name[PAINTED_OVER]
        verdict = (
            "no more than a guess"
            if painted["accuracy_low"] <= chance
            else "more than a guess, so what is left of the images tells it the class"
        )
        sentences.append(
            f"With their cells painted over, {model} still classifies {percent(painted['accuracy'])} correctly: "
            f"{verdict} ({percent(chance)})."
        )
    return sentences

"""Figures of a study: how its scores developed, and which parameters they depend on."""

from itertools import accumulate

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from leukosmear.figures import INK, MUTED, new_figure
from leukosmear.tuning.results import Study, name_score, score_as_configured

_SCORE, _BEST = "#0072b2", "#d55e00"


def draw_history(tuning_study: Study) -> Figure:
    """Draw the score of each trial in the order of their beginning.

    Args:
        tuning_study: What `search_parameters` found.

    Returns:
        A figure with a dot per trial, a cross where one was pruned, at its highest score until then, and a line of the
        best so far; a dotted line marks what the configured parameters reached, if they lie in the search space.
    """
    trials = tuning_study["trials"]
    completed = [(trial["number"], 100 * trial["score"]) for trial in trials if trial["score"] is not None]
    pruned = [
        (trial["number"], 100 * max(trial["scores"]))
        for trial in trials
        if trial["state"] == "pruned" and trial["scores"]
    ]
    figure = new_figure(7.5, 3.4)
    axes = figure.subplots()
    if pruned:
        axes.plot(*zip(*pruned, strict=True), "x", color=MUTED, markersize=5, label="pruned, its best epoch")
    if completed:
        numbers, scores = zip(*completed, strict=True)
        axes.plot(numbers, scores, "o", color=_SCORE, markersize=5, label="trial")
        ends = [*numbers, max(trial["number"] for trial in trials) + 1]
        best = list(accumulate(scores, max))
        axes.step(ends, [*best, best[-1]], where="post", color=_BEST, linewidth=1.6, label="best so far")
    if (reached := score_as_configured(tuning_study)) is not None:
        axes.axhline(100 * reached, color=INK, linewidth=1, linestyle=(0, (1, 2)), label="as configured")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(PercentFormatter(decimals=1))
    axes.set(xlabel="trial", ylabel=name_score(tuning_study), title=f"{tuning_study['model']}: {len(trials)} trials")
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside lower left", ncols=4)
    return figure


def draw_importance(tuning_study: Study) -> Figure:
    """Draw how much of the differences between trials each parameter explains.

    Args:
        tuning_study: What `search_parameters` found.

    Returns:
        A figure with a bar per parameter, the most important on top; a sentence where there are too few trials.
    """
    importance = sorted(tuning_study["importance"].items(), key=lambda item: item[1])
    if not importance:
        figure = new_figure(7.5, 0.6)
        axes = figure.subplots()
        axes.set_axis_off()
        axes.text(0, 0.5, "Too few trials came to their end to tell which parameters matter.", va="center")
        return figure
    figure = new_figure(7.5, 1.1 + 0.32 * len(importance))
    axes = figure.subplots()
    names, shares = zip(*importance, strict=True)
    bars = axes.barh(names, [100 * share for share in shares], color=_SCORE, height=0.6)
    axes.bar_label(bars, fmt="%.0f %%", padding=3, fontsize=8.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.1)
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.set(xlabel="share of the differences between scores (fANOVA)", title="Which parameters matter")
    return figure

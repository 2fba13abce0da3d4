"""The figure of the paper's accuracies beside ours."""

import pandas as pd
from matplotlib.figure import Figure

from leukosmear.figures import MUTED, new_figure
from leukosmear.figures.intervals import OTHERS, Series, draw_intervals


def draw_beside_paper(table: pd.DataFrame) -> Figure:
    """Draw our accuracies with their intervals, and the paper's beside them.

    Args:
        table: The table of `tabulate_table_1` or `tabulate_table_2`.

    Returns:
        A figure with one line per classifier, in the order of the table.
    """
    percent = ["ours_percent", "ours_percent_low", "ours_percent_high", "paper_percent"]
    ours, low, high, printed = (table[name].astype("float64") / 100 for name in percent)
    series = [
        Series(ours, low, high, "this run, with interval"),
        Series(printed, label="printed in the paper", colour=OTHERS, marker="D", hollow=True),
    ]
    figure = new_figure(7.5, 1.3 + 0.45 * len(table))
    axes = figure.subplots()
    draw_intervals(axes, table["classifier"], series)
    for place in ours.reset_index(drop=True).index[ours.isna()]:
        axes.text(0.01, place, "not trained in this run", va="center", color=MUTED, fontsize=8.5)
    # Only the rows of Table 2 are of other tasks.
    number = 2 if "paper_task" in table else 1
    axes.set(xlabel="accuracy on the test images", title=f"The paper\u2019s Table {number}, and this run")
    figure.legend(loc="outside lower left", ncols=2)
    return figure

"""Numbers as people read them. A figure that is missing or undefined is a dash, never NaN."""

import pandas as pd

MISSING = "\u2013"

Number = float | int | None


def percent(share: Number, digits: int = 1) -> str:
    """Write a share of 0 to 1 as percent: 0.9229 is "92.3 %"."""
    return MISSING if pd.isna(share) or share is None else f"{100 * share:.{digits}f}\u00a0%"


def percent_interval(low: Number, high: Number) -> str:
    """Write an interval of shares as percent: "89.6 to 94.3 %"."""
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return MISSING
    return f"{100 * low:.1f} to {100 * high:.1f}\u00a0%"


def count(value: Number) -> str:
    """Write a whole number with its thousands apart: "3,256"."""
    return MISSING if value is None or pd.isna(value) else f"{int(value):,}"


def decimal(value: Number, digits: int = 3) -> str:
    """Write a number with a fixed number of decimals."""
    return MISSING if value is None or pd.isna(value) else f"{value:,.{digits}f}"


def file_size(n_bytes: Number) -> str:
    """Write a size in decimal units, as file managers and kedro-viz do: 1,234,567 is "1.2 MB"."""
    if n_bytes is None or pd.isna(n_bytes):
        return MISSING
    size = float(n_bytes)
    for unit in ("B", "kB", "MB"):
        if round(size, 1) < 1000:
            return f"{size:.0f}\u00a0{unit}" if unit == "B" else f"{size:.1f}\u00a0{unit}"
        size /= 1000
    return f"{size:.1f}\u00a0GB"


def duration(seconds: Number) -> str:
    """Write a time span in the two units that matter: "0.42 s", "12.3 s", "3 min 20 s", "2 h 5 min"."""
    if seconds is None or pd.isna(seconds):
        return MISSING
    if seconds < 59.95:
        return f"{seconds:.2f}\u00a0s" if seconds < 0.995 else f"{seconds:.1f}\u00a0s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}\u00a0h {minutes}\u00a0min" if hours else f"{minutes}\u00a0min {rest}\u00a0s"

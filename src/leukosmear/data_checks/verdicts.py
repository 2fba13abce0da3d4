"""The form of a verdict, and the error that stops a run on one."""

from typing import Literal, TypedDict

Verdict = Literal["pass", "warn", "fail", "not checked"]


class Check(TypedDict):
    """One line of the validation report; a `fail` stops the run before any training."""

    check: str
    expected: str
    found: str
    verdict: Verdict
    details: list[str]


class DataGateError(ValueError):
    """The data set failed a check, and no model should see it."""

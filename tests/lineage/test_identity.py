from typing import Literal

from pydantic import Field

from leukosmear.parameters import Parameters


class Inner(Parameters):
    size: int
    workers: int = Field(json_schema_extra={"effort": True})


class Outer(Parameters):
    inner: Inner
    several: list[Inner]
    by_name: dict[str, Inner]
    pair: tuple[float, float]
    kind: Literal["a", "b"]
    jobs: int = Field(json_schema_extra={"effort": True})


def test_identity_leaves_out_effort_down_to_the_innermost_block() -> None:
    inner = {"size": 1, "workers": 2}
    block = Outer(inner=inner, several=[inner], by_name={"x": inner}, pair=(0.5, 1), kind="a", jobs=3)
    assert block.identity() == {
        "inner": {"size": 1},
        "several": [{"size": 1}],
        "by_name": {"x": {"size": 1}},
        "pair": [0.5, 1.0],
        "kind": "a",
    }

"""Packages that only exporting needs, and that are installed on demand."""

import importlib
from typing import Any

MODULES = ("ai_edge_litert.interpreter", "onnx", "onnxruntime", "tf2onnx")


def require(module: str) -> Any:  # noqa: ANN401 - whatever the module holds
    """Import a module of the extra `export`.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Expected the packages that exporting needs. Found no module `{error.name}`. Install them, "
            'in the project\'s folder: pip install -e ".[export]"'
        ) from error

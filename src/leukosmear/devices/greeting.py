"""What TensorFlow says whenever it is imported."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


class _QuietImport(MetaPathFinder):
    """Finds TensorFlow as Python does, and has it imported without a word."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the package once, and wrap its loader."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec and spec.loader:
            execute = spec.loader.exec_module

            def execute_quietly(module: ModuleType) -> None:
                with _no_native_errors():
                    execute(module)

            spec.loader.exec_module = execute_quietly  # type: ignore[method-assign]
        return spec


@contextmanager
def _no_native_errors() -> Iterator[None]:
    """Lead what native code writes to standard error nowhere; errors of Python are raised as ever."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def silence_tensorflow() -> None:
    """Have TensorFlow imported without its lines about CPU features and CUDA, wherever it is.

    TF_CPP_MIN_LOG_LEVEL, which is for that, does not reach what is written before its logging begins:
    https://github.com/tensorflow/tensorflow/issues/100442. Set to 0, it brings all of it back.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if os.environ["TF_CPP_MIN_LOG_LEVEL"] != "0" and "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _QuietImport())

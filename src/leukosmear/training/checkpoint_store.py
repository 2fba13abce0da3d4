"""What a training needs of the place where it keeps its state; no Keras, so that pipelines are listed without it."""

from typing import Protocol

import numpy as np


class CheckpointStore(Protocol):
    """Where a checkpoint lies; the catalog knows the place."""

    def load(self) -> dict[str, np.ndarray] | None:
        """Return the arrays that were saved last, or None."""

    def save(self, arrays: dict[str, np.ndarray]) -> None:
        """Keep arrays in place of those before, whole or not at all."""

    def clear(self) -> None:
        """Forget the arrays."""

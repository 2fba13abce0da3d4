"""Fitted scikit-learn estimators, stored without pickle."""

from pathlib import Path
from typing import Any

import skops.io
from kedro.io import AbstractDataset, DatasetError
from sklearn.base import BaseEstimator

from leukosmear.datasets.atomic import whole_file


class EstimatorDataset(AbstractDataset[BaseEstimator, BaseEstimator]):
    """Saves an estimator as `.skops`, a format that runs no code when it is loaded.

    Args:
        filepath: Where the file lies.
        trusted: Import paths of types beyond those that skops knows to be safe and that may be loaded, such as
            the class of an estimator of one's own.
        metadata: For Kedro-Viz.
    """

    def __init__(
        self, *, filepath: str, trusted: list[str] | None = None, metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = Path(filepath)
        self._trusted = trusted or []
        self.metadata = metadata

    def load(self) -> BaseEstimator:
        """Load the estimator.

        Raises:
            DatasetError: If the file holds a type that is neither known to skops nor listed in `trusted`.
        """
        unknown = set(skops.io.get_untrusted_types(file=self._filepath)) - set(self._trusted)
        if unknown:
            raise DatasetError(
                f"'{self._filepath}' holds types that are not trusted: {', '.join(sorted(unknown))}. If the file "
                "is yours, list them under `trusted` in the catalog."
            )
        return skops.io.load(self._filepath, trusted=self._trusted)

    def save(self, data: BaseEstimator) -> None:
        """Save the estimator, whole or not at all."""
        with whole_file(self._filepath) as unfinished:
            skops.io.dump(data, unfinished)

    def _exists(self) -> bool:
        return self._filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix(), "trusted": self._trusted}

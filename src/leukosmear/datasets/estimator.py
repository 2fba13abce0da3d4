"""Fitted scikit-learn estimators, stored without pickle."""

from typing import Any

import skops.io
from kedro.io import DatasetError
from sklearn.base import BaseEstimator

from leukosmear.datasets.storage import FileDataset


class EstimatorDataset(FileDataset[BaseEstimator, BaseEstimator]):
    """Saves an estimator as `.skops`, a format that runs no code when it is loaded.

    Args:
        filepath: Where the file lies: any path that fsspec knows.
        trusted: Import paths of types beyond those that skops knows to be safe and that may be loaded, such as
            the class of an estimator of one's own.
        arguments: Those of every `FileDataset`.
    """

    def __init__(self, *, filepath: str, trusted: list[str] | None = None, **arguments: Any) -> None:  # noqa: ANN401
        super().__init__(filepath=filepath, **arguments)
        self._trusted = trusted or []

    def load(self) -> BaseEstimator:
        """Load the estimator.

        Raises:
            DatasetError: If the file holds a type that is neither known to skops nor listed in `trusted`.
        """
        content = self._read()
        unknown = set(skops.io.get_untrusted_types(data=content)) - set(self._trusted)
        if unknown:
            raise DatasetError(
                f"'{self._filepath}' holds types that are not trusted: {', '.join(sorted(unknown))}. If the file "
                "is yours, list them under `trusted` in the catalog."
            )
        return skops.io.loads(content, trusted=self._trusted)

    def save(self, data: BaseEstimator) -> None:
        """Save the estimator, whole or not at all."""
        self._write(skops.io.dumps(data))

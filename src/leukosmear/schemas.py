"""The tables through which the pipelines speak to each other, checked whenever one is saved or loaded."""

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

PROBABILITY_PREFIX = "p_"

SPLITS = ("train", "validation", "test")


class ImageInventory(pa.DataFrameModel):
    """One row per file that was found.

    What only decoding can tell is missing for a rejected file.
    """

    image_id: Series[str] = pa.Field(description="path below the data set's folder, without the suffix")
    label: Series[str] = pa.Field(description="name of the class folder")
    file_name: Series[str] = pa.Field(unique=True, description="path below the data set's folder")
    n_bytes: Series[pd.Int64Dtype] = pa.Field(ge=0, description="size of the file")
    sha256: Series[str] = pa.Field(str_matches=r"^([0-9a-f]{64})?$", description="hash of the file's bytes")
    width: Series[pd.Int64Dtype] = pa.Field(gt=0, nullable=True, description="pixels")
    height: Series[pd.Int64Dtype] = pa.Field(gt=0, nullable=True, description="pixels")
    mode: Series[str] = pa.Field(nullable=True, description="colour mode of the file, in Pillow's terms")
    format: Series[str] = pa.Field(nullable=True, description="file format, in Pillow's terms")
    brightness: Series[float] = pa.Field(in_range=(0, 255), nullable=True, description="mean grey level")
    sharpness: Series[float] = pa.Field(ge=0, nullable=True, description="variance of the Laplacian of grey")
    status: Series[str] = pa.Field(isin=("accepted", "rejected"))
    reason: Series[str] = pa.Field(nullable=True, description="why a file was rejected")

    class Config:
        """No other columns; the order is this one."""

        strict = True
        coerce = True

    @pa.dataframe_check(error="accepted images need a unique image_id")
    def _ids_are_unique(cls, table: pd.DataFrame) -> bool:  # noqa: N805 - pandera passes the class
        return not table.loc[table["status"] == "accepted", "image_id"].duplicated().any()

    @pa.dataframe_check(error="every rejected file needs a reason, and no accepted one has any")
    def _rejections_have_reasons(cls, table: pd.DataFrame) -> bool:  # noqa: N805
        return bool(((table["status"] == "rejected") == table["reason"].notna()).all())


class SplitManifest(pa.DataFrameModel):
    """One row per accepted image: on which side of the split it stands."""

    image_id: Series[str] = pa.Field(unique=True)
    label: Series[str]
    split: Series[str] = pa.Field(isin=SPLITS)

    class Config:
        """No other columns."""

        strict = True
        coerce = True


class Predictions:
    """One row per image: what a model says of it. The classes are those that the columns name."""

    @staticmethod
    def validate(data: pd.DataFrame) -> pd.DataFrame:
        """Check a table of predictions.

        Args:
            data: Columns `image_id`, `split`, `label` and `p_<class>` for at least two classes.

        Raises:
            ValueError: If a column is missing, an image stands twice, a label is no class, or the probabilities
                of an image are not finite, not in [0, 1] or do not sum to 1 within 0.001.
        """
        missing = {"image_id", "split", "label"} - set(data.columns)
        if missing:
            raise ValueError(f"Predictions lack the columns {sorted(missing)}; found {list(data.columns)}.")
        classes = predicted_classes(data)
        unknown = set(data["label"]) - set(classes)
        if unknown:
            raise ValueError(f"Labels {sorted(unknown)} are no class of the predictions: {classes}.")
        if data["image_id"].duplicated().any():
            raise ValueError("Expected one prediction per image; some image_id stand twice.")
        probabilities = data[[PROBABILITY_PREFIX + name for name in classes]].to_numpy(float)
        sums_to_one = np.abs(probabilities.sum(axis=1) - 1) < 1e-3
        if not ((probabilities >= 0).all() and (probabilities <= 1).all() and sums_to_one.all()):
            raise ValueError("Expected probabilities in [0, 1] that sum to 1 for every image.")
        return data


def predicted_classes(predictions: pd.DataFrame) -> list[str]:
    """Name the classes of a table of predictions, in the order of its columns.

    Raises:
        ValueError: If the table has fewer than two probability columns.
    """
    columns = [name for name in predictions.columns if name.startswith(PROBABILITY_PREFIX)]
    if len(columns) < 2:
        raise ValueError(f"Expected a column p_<class> for each class; found {list(predictions.columns)}.")
    return [name.removeprefix(PROBABILITY_PREFIX) for name in columns]

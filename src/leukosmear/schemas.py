"""The tables through which the pipelines speak to each other, checked whenever one is saved or loaded."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

PROBABILITY_PREFIX = "p_"

SIDES = ("train", "validation", "test")

# What names a split, one way of dividing the images, and with it the folders of its results.
SPLIT_NAME = ("protocol", "fold", "seed")


class FileMeasurements(pa.DataFrameModel):
    """One row per file that was found, with what can be measured of the file by itself.

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
    contrast: Series[float] = pa.Field(ge=0, nullable=True, description="standard deviation of grey levels")
    sharpness: Series[float] = pa.Field(ge=0, nullable=True, description="variance of the Laplacian of grey")
    perceptual_hash: Series[str] = pa.Field(
        str_matches=r"^[0-9a-f]{16}$", nullable=True, description="64-bit pHash in hexadecimal digits"
    )
    scale_bar: Series[str] = pa.Field(nullable=True, description="kind of the scale bar burnt in, or none")
    bar_left: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True, description="first column of the bar, pixels")
    bar_top: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True, description="first row")
    bar_right: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True, description="column after the last")
    bar_bottom: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True, description="row after the last")
    status: Series[str] = pa.Field(isin=("accepted", "rejected"))
    reason: Series[str] = pa.Field(nullable=True, description="why a file was rejected")

    class Config:
        """No other columns."""

        strict = True
        coerce = True

    @pa.dataframe_check(error="accepted images need a unique image_id")
    def _ids_are_unique(cls, table: pd.DataFrame) -> bool:  # noqa: N805 - pandera passes the class
        return not table.loc[table["status"] == "accepted", "image_id"].duplicated().any()

    @pa.dataframe_check(error="every rejected file needs a reason, and no accepted one has any")
    def _rejections_have_reasons(cls, table: pd.DataFrame) -> bool:  # noqa: N805
        return bool(((table["status"] == "rejected") == table["reason"].notna()).all())


class ImageInventory(FileMeasurements):
    """One row per file that was found: its measurements, and what comparing it with the others says of it."""

    quality: Series[str] = pa.Field(nullable=True, description="flags such as blurred, joined by commas; may be empty")
    field_id: Series[str] = pa.Field(nullable=True, description="first image_id of those that show the same field")
    acquisition_id: Series[str] = pa.Field(nullable=True, description="images probably taken in one session")
    stream_id: Series[str] = pa.Field(
        nullable=True, description="images of one class and one setting of the microscope"
    )
    smear_id: Series[str] = pa.Field(nullable=True, description="smear that the image is of, where smears are known")

    @pa.dataframe_check(error="every accepted image needs a field_id, an acquisition_id and a stream_id")
    def _images_have_groups(cls, table: pd.DataFrame) -> bool:  # noqa: N805
        images = table[table["status"] == "accepted"]
        return bool(images[["field_id", "acquisition_id", "stream_id"]].notna().all(axis=None))


class _ImagePairs(pa.DataFrameModel):
    """What tables of pairs of images share."""

    image_id_a: Series[str]
    image_id_b: Series[str]

    class Config:
        """No other columns."""

        strict = True
        coerce = True

    @pa.dataframe_check(error="a pair needs two images")
    def _two_images(cls, table: pd.DataFrame) -> bool:  # noqa: N805
        return bool((table["image_id_a"] != table["image_id_b"]).all())


class DuplicatePairs(_ImagePairs):
    """Pairs of images that are the same to the byte, or look the same."""

    kind: Series[str] = pa.Field(isin=("identical", "near-identical"))
    distance: Series[int] = pa.Field(in_range=(0, 64), description="bits in which the perceptual hashes differ")


class SameFieldPairs(_ImagePairs):
    """Pairs of images that show the same field of view, one shifted against the other."""

    shift_x: Series[float] = pa.Field(description="where b's frame begins in a's: pixels to the right")
    shift_y: Series[float] = pa.Field(description="pixels down")
    overlap: Series[float] = pa.Field(gt=0, le=1, description="share of the frame that both show")
    correlation: Series[float] = pa.Field(in_range=(-1, 1), description="of grey levels over the overlap")


class Cells(pa.DataFrameModel):
    """One row per stained cell; docs/features.md explains the features, columns whose names begin with their family."""

    image_id: Series[str]
    cell_id: Series[int] = pa.Field(ge=1, description="number of the cell in its image")
    centroid_x: Series[float] = pa.Field(ge=0, description="column of the nucleus's centre, pixels of that image")
    centroid_y: Series[float] = pa.Field(ge=0, description="row of it")
    at_edge: Series[bool] = pa.Field(description="whether the frame or the filled scale bar cuts the nucleus")
    features: Series[float] = pa.Field(alias=r"^(shape|nucleus|cytoplasm)_\w+$", regex=True, nullable=True)

    class Config:
        """No other columns."""

        strict = True
        coerce = True

    @pa.dataframe_check(error="a cell needs a number of its own in its image")
    def _cells_are_numbered(cls, table: pd.DataFrame) -> bool:  # noqa: N805
        return not table[["image_id", "cell_id"]].duplicated().any()


class Splits(pa.DataFrameModel):
    """One row per fold and accepted image: on which side it stands. A `split` is one fold of it."""

    protocol: Series[str] = pa.Field(description="how the images were divided")
    fold: Series[int] = pa.Field(ge=0)
    seed: Series[int] = pa.Field(ge=0)
    image_id: Series[str]
    label: Series[str]
    field_id: Series[str] = pa.Field(description="field of view that the image shows")
    acquisition_id: Series[str] = pa.Field(description="what was photographed in one go, as far as can be told")
    stream_id: Series[str] = pa.Field(description="images of one class and one setting of the microscope")
    side: Series[str] = pa.Field(isin=SIDES)

    class Config:
        """No other columns, in this order, and no image twice in a fold."""

        strict = True
        ordered = True
        coerce = True
        unique: ClassVar[list[str]] = ["protocol", "fold", "seed", "image_id"]


class Predictions:
    """One row per image: what a model says of it. The classes are those that the columns name."""

    @staticmethod
    def validate(data: pd.DataFrame) -> pd.DataFrame:
        """Check a table of predictions.

        Args:
            data: Columns `protocol`, `fold` and `seed` (the split that the model learnt from), `image_id`, `side`,
                `label` and `p_<class>` for at least two classes.

        Raises:
            ValueError: If a column is missing, an image stands twice, a label is no class, or the probabilities
                of an image are not finite, not in [0, 1] or do not sum to 1 within 0.001.
        """
        missing = {*SPLIT_NAME, "image_id", "side", "label"} - set(data.columns)
        if missing:
            raise ValueError(
                f"Predictions lack the columns {sorted(missing)}; found {list(data.columns)}. Run the pipeline of the "
                "model again where an earlier version of leukosmear made them."
            )
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


class Interventions:
    """One row per intervention and image: what a model says of an image whose cells or background were exchanged."""

    @staticmethod
    def validate(data: pd.DataFrame) -> pd.DataFrame:
        """Check a table of predictions of altered images.

        Args:
            data: Columns `intervention`, `donor_label` (the class whose background the image got; may be missing) and,
                within each intervention, those of `Predictions`.

        Raises:
            ValueError: If a column is missing, a donor is of no class, or an intervention is no `Predictions`.
        """
        missing = {"intervention", "donor_label"} - set(data.columns)
        if missing:
            raise ValueError(f"Interventions lack the columns {sorted(missing)}; found {list(data.columns)}.")
        unknown = set(data["donor_label"].dropna()) - set(predicted_classes(data))
        if unknown:
            raise ValueError(f"Donors of {sorted(unknown)} are of no class of the predictions.")
        for _, rows in data.groupby("intervention"):
            Predictions.validate(rows)
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

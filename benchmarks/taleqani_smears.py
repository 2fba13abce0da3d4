"""Write the table of smears of the real data set, conf/taleqani/smears.csv, from its inventory.

The data set does not say which images are of one smear. These were told apart by what was measured of the images: a
stream (class and kind of scale bar) is one smear, unless its stain jumps at some number of a file, or images of two
streams show common fields of view. A guess that several people can check, and no more: the table of the 89 patients was
not published.

Rerun it after `kedro run --env=taleqani --pipelines=data_validation`:

    INVENTORY=data/02_intermediate/taleqani/image_inventory.parquet
    python benchmarks/taleqani_smears.py $INVENTORY > conf/taleqani/smears.csv
"""

import sys

import pandas as pd

WHITE, RED, LARGE_200, LARGE_500 = "black 17 px", "red 17 px", "black 29 px a", "black 29 px b"

# By class and stream: the smear of the images with numbers below a border, the border, and the smear of the others.
# Sparse and yellowish below, dense and violet above, in Pre; in Benign the two ends of the stream share fields with the
# two other streams.
SMEARS: dict[tuple[str, str], tuple[str, int, str]] = {
    ("Benign", WHITE): ("1", 0, "1"),
    ("Benign", RED): ("2", 0, "2"),
    ("Benign", LARGE_200): ("3", 437, "2"),
    ("Benign", LARGE_500): ("3", 0, "3"),
    ("Early", RED): ("1", 0, "1"),
    ("Early", LARGE_200): ("2", 0, "2"),
    ("Pre", WHITE): ("2", 0, "2"),
    ("Pre", RED): ("1", 500, "2"),
    ("Pro", WHITE): ("1", 0, "1"),
}


def name_smears(inventory: pd.DataFrame) -> pd.DataFrame:
    """Name the smear of every accepted image.

    Args:
        inventory: Columns `image_id` (which ends in the number of the file), `label`, `stream_id` and `status`.

    Returns:
        Columns `image_id` and `smear_id`, "<class> <number>".

    Raises:
        KeyError: If the inventory has a stream that the real data set has not.
    """
    images = inventory[inventory["status"] == "accepted"]
    rows = []
    for image in images.itertuples():
        below, border, others = SMEARS[image.label, image.stream_id.removeprefix(f"{image.label}/")]
        number = int(image.image_id.rsplit("-", 1)[1])
        rows.append((image.image_id, f"{image.label} {below if number < border else others}"))
    return pd.DataFrame(rows, columns=["image_id", "smear_id"])


if __name__ == "__main__":
    name_smears(pd.read_parquet(sys.argv[1])).to_csv(sys.stdout, index=False, lineterminator="\n")

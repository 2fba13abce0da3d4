"""Four images to be judged."""

import pandas as pd

NOBODY = pd.DataFrame({"image_id": pd.Series(dtype="str"), "patient_id": pd.Series(dtype="str")})


def images(**columns: list) -> pd.DataFrame:
    """Images A/0, A/1, B/2, B/3, each alike and of a field and group of its own."""
    names = ["A/0", "A/1", "B/2", "B/3"]
    table = pd.DataFrame({"image_id": names, "label": list("AABB"), "field_id": names, "acquisition_id": names})
    table = table.assign(file_name=[f"{name}.png" for name in names], scale_bar="red", quality="")
    return table.assign(sharpness=100.0, brightness=200.0, contrast=30.0, **columns)

"""Which images belong together: those of one field of view, and those that were probably taken in one session."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from leukosmear.resemblance.streams import in_file_order


def name_fields(image_ids: pd.Series, *pairs: pd.DataFrame) -> pd.Series:
    """Name the field of view of every image after the first image that shows it.

    Args:
        image_ids: All images, in order.
        *pairs: Tables with columns `image_id_a` and `image_id_b`: images that show the same field. What shows the same
            as a third image shows the same, too.

    Returns:
        `field_id` of each image, by the index of `image_ids`.
    """
    place = pd.Series(np.arange(len(image_ids)), index=image_ids.to_numpy())
    links = pd.concat([table[["image_id_a", "image_id_b"]] for table in pairs])
    first = _first_of_component(
        place[links["image_id_a"]].to_numpy(), place[links["image_id_b"]].to_numpy(), len(place)
    )
    return pd.Series(image_ids.to_numpy()[first], index=image_ids.index, name="field_id")


def name_acquisitions(images: pd.DataFrame, patient_ids: pd.DataFrame, images_per_block: int) -> pd.Series:
    """Unite images into acquisitions, of which the patient is one where patients are known.

    Otherwise they are guessed: each stream is cut into blocks in the order of the images' numbers. Images of a kind of
    scale bar that makes no stream (see `name_streams`) join the block before them, so that they shift no border. Groups
    that share a field of view are united, since a split that holds groups apart would cut the field otherwise. Such
    groups keep acquisitions apart; they are not patients.

    Args:
        images: Columns `image_id`, `label`, `scale_bar`, `field_id` and `stream_id`.
        patient_ids: Columns `image_id` and `patient_id`, of as many images as are known; it may be empty.
        images_per_block: Length of a block, as nearly as blocks of equal length allow.

    Returns:
        `acquisition_id` of each image, by the index of `images`: the patient, or "<stream>/<number>"; the first one's
        where groups were united.
    """
    patient = images["image_id"].map(patient_ids.set_index("image_id")["patient_id"])
    groups = patient.where(patient.notna(), _name_blocks(images, images_per_block))
    code, names = pd.factorize(groups)
    field = pd.factorize(images["field_id"])[0]
    n = len(names)
    first = _first_of_component(code, n + field, n + int(field.max(initial=-1)) + 1)
    return pd.Series(names.to_numpy()[first[code]], index=images.index, name="acquisition_id").astype("str")


def _name_blocks(images: pd.DataFrame, images_per_block: int) -> pd.Series:
    blocks = pd.Series(index=images.index, dtype="str")
    makes_stream = images["stream_id"] == images["label"] + "/" + images["scale_bar"]
    for _, members in images.groupby("label", sort=True):
        members = in_file_order(members)
        for name, stream in members[makes_stream[members.index]].groupby("stream_id", sort=True):
            n_blocks = max(round(len(stream) / images_per_block), 1)
            for number, block in enumerate(np.array_split(stream.index, n_blocks), start=1):
                blocks[block] = f"{name}/{number:02d}"
        blocks[members.index] = blocks[members.index].ffill().bfill()
    return blocks


def _first_of_component(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """Find for each of n things the first one that links from a to b connect it with."""
    links = coo_array((np.ones(len(a), dtype=bool), (a, b)), shape=(n, n))
    component = connected_components(links, directed=False)[1]
    firsts = np.full(n, n)
    np.minimum.at(firsts, component, np.arange(n))
    return firsts[component]

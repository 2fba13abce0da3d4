"""The figure that shows what augmentation does to the training images."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from leukosmear.figures import new_figure
from leukosmear.model_images import Partitions, class_names, load_side
from leukosmear.parameters import AugmentationParameters, PreviewParameters


def draw_augmentations(
    model_images: Partitions,
    split: pd.DataFrame,
    augmentation: AugmentationParameters,
    preview: PreviewParameters,
) -> Figure:
    """Show training images as they are and in random variants, as the networks see them.

    Args:
        model_images: Partitions of model images.
        split: Columns `image_id`, `label` and `side`.
        augmentation: The random changes.
        preview: How many images and variants, and the seed.
    """
    import keras

    from leukosmear.augmentation.layer import Augmentation

    shown = _in_turn_from_classes(split[split["side"] == "train"], preview.images)
    images = load_side(model_images, shown, "train")
    layer = Augmentation(augmentation, seed=preview.seed)
    batch = np.repeat(images.pixels, preview.variants, axis=0)
    variants = keras.ops.convert_to_numpy(layer(batch, training=True)).clip(0, 255).astype(np.uint8)
    variants = variants.reshape(len(images), preview.variants, *images.pixels.shape[1:])

    figure = new_figure(1.2 * (preview.variants + 1), 1.2 * len(images) + 0.4)
    figure.set_layout_engine("constrained", wspace=0.01, hspace=0.01, w_pad=0.02, h_pad=0.02)
    panels = figure.subplots(len(images), preview.variants + 1, squeeze=False)
    for row, pixels, label, changed in zip(panels, images.pixels, images.labels, variants, strict=True):
        for axes, picture in zip(row, [pixels, *changed], strict=True):
            axes.imshow(picture, interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            axes.grid(visible=False)
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(images.classes[label])
    panels[0][0].set_title("original", loc="left")
    # Out of the layout: the title is wider than its panel, and would push the columns apart.
    panels[0][1].set_title("random variants, as trained on", loc="left").set_in_layout(False)
    return figure


def _in_turn_from_classes(manifest: pd.DataFrame, n: int) -> pd.DataFrame:
    """Pick images from the classes in turn, so that a small preview still shows every class."""
    turn = manifest.groupby("label").cumcount()
    order = manifest.assign(turn=turn, place=manifest["label"].map(class_names(manifest).index))
    return order.sort_values(["turn", "place"]).head(n).sort_values(["place", "turn"])[manifest.columns]

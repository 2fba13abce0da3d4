"""Which test images are looked at."""

import pandas as pd

from leukosmear.attention.measuring import choose_images
from leukosmear.parameters import AttentionParameters


def test_of_many_test_images_each_class_gives_its_share() -> None:
    test = pd.DataFrame({"image_id": [f"i{i}" for i in range(30)], "label": ["A"] * 20 + ["B"] * 9 + ["C"]})
    few = AttentionParameters(images=10, images_per_class=1, seed=0)
    chosen = choose_images(test, few)
    assert test.set_index("image_id").loc[chosen, "label"].value_counts().to_dict() == {"A": 6, "B": 3, "C": 1}
    assert chosen == sorted(chosen, key=lambda name: int(name[1:]))
    assert choose_images(test, few) == chosen
    assert choose_images(test.iloc[:10], few) == [f"i{i}" for i in range(10)]

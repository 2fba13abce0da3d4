import pandas as pd

from leukosmear.pipelines.data_validation.figures import draw_class_distribution, draw_image_sizes


def test_bars_are_as_long_as_the_classes_are_large() -> None:
    table = pd.DataFrame({"label": ["A", "B"], "n_images": [30, 10], "share": [0.75, 0.25]})
    axes = draw_class_distribution(table).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [30, 10]
    assert [text.get_text() for text in axes.texts] == ["30  (75.0%)", "10  (25.0%)"]


def test_every_size_has_a_dot_with_its_count() -> None:
    table = pd.DataFrame(
        {"label": ["A", "B", "B"], "width": [24, 24, 30], "height": [24, 24, 20], "n_images": [3, 4, 1]}
    )
    axes = draw_image_sizes(table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["24 x 24: 7", "30 x 20: 1"]

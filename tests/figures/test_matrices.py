from leukosmear.figures.matrices import draw_agreement, draw_confusion_matrix


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_confusion_matrix_shows_counts_and_shares_of_rows():
    test = {"classes": ["a", "b", "c"], "confusion_matrix": [[3, 1, 0], [0, 5, 0], [0, 0, 0]]}
    axes = draw_confusion_matrix({"test": test}).axes[0]
    assert texts(axes) == ["3\n75.0%", "1\n25.0%", "0", "0", "5\n100.0%", "0", *["\u2013"] * 3]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "a  (n = 4)",
        "b  (n = 5)",
        "c  (n = 0)",
    ]
    shown = axes.collections[0].get_array()
    assert shown[0].tolist() == [0.75, 0.25, 0.0]
    assert shown.mask[2].all()


def test_agreement_shows_each_pair_once():
    kappa = [[1.0, 0.5, None], [0.5, 1.0, -0.1], [None, -0.1, 1.0]]
    axes = draw_agreement({"agreement": {"models": ["a", "b", "c"], "kappa": kappa}}).axes[0]
    assert texts(axes) == [".50", "\u2013", "-.10"]

import json

import pytest
import sklearn.metrics

from evaluation.predicted_tables import PARAMETERS, manifest, random_predictions, table
from leukosmear.evaluation import compare_models
from leukosmear.evaluation.comparison import correct_by_holm, mcnemar


def answers(labels: str, predicted: str):
    """A table of predictions of classes a, b and c from a string of labels and one of predicted classes."""
    sure = {name: tuple(1.0 if name == other else 0.0 for other in "abc") for name in "abc"}
    return table([("test", label, sure[guess]) for label, guess in zip(labels, predicted, strict=True)])


class TestMcNemar:
    @pytest.mark.parametrize(
        ("only_a", "only_b", "p_value"),
        [
            # Both tails of the fair coin: 2 * (1 + 6) / 64 and 2 / 32; at most 1.
            pytest.param(1, 5, 14 / 64, id="one against five"),
            pytest.param(5, 0, 2 / 32, id="five against none"),
            pytest.param(3, 3, 1.0, id="even"),
            pytest.param(0, 0, 1.0, id="never apart"),
        ],
    )
    def test_by_hand(self, only_a, only_b, p_value):
        assert mcnemar(only_a, only_b) == pytest.approx(p_value)
        assert mcnemar(only_b, only_a) == pytest.approx(p_value)


class TestHolm:
    @pytest.mark.parametrize(
        ("p_values", "corrected"),
        [
            pytest.param([0.01, 0.04, 0.03], [0.03, 0.06, 0.06], id="never below a smaller one"),
            pytest.param([0.3, 0.01, 0.5], [0.6, 0.03, 0.6], id="in the order given"),
            pytest.param([0.7, 0.6], [1.0, 1.0], id="up to one"),
            pytest.param([0.2], [0.2], id="one test"),
            pytest.param([], [], id="none"),
        ],
    )
    def test_by_hand(self, p_values, corrected):
        assert correct_by_holm(p_values) == pytest.approx(corrected)


class TestByHand:
    labels = "aaabbbcc"
    comparison = compare_models(
        {
            "good": answers(labels, "aaabbbca"),  # 7 right
            "fair": answers(labels, "aaabbaab"),  # 5 right
            "poor": answers(labels, "baaaaacc"),  # 4 right, among them one of good's mistakes
        },
        "test",
        None,
        PARAMETERS,
    )

    def test_all_pairs(self):
        pairs = [(pair["model_a"], pair["model_b"]) for pair in self.comparison["pairs"]]
        assert pairs == [("good", "fair"), ("good", "poor"), ("fair", "poor")]
        assert (self.comparison["n"], self.comparison["side"]) == (8, "test")
        assert self.comparison["models"] == ["good", "fair", "poor"]

    def test_images_that_only_one_gets_right(self):
        counts = [(pair["only_a_right"], pair["only_b_right"]) for pair in self.comparison["pairs"]]
        assert counts == [(2, 0), (4, 1), (3, 2)]

    def test_p_values(self):
        # 2 / 4; 2 * (1 + 5) / 32; 1. Times 3, at most 1.
        assert [pair["p_value"] for pair in self.comparison["pairs"]] == pytest.approx([1 / 2, 12 / 32, 1])
        assert [pair["p_value_holm"] for pair in self.comparison["pairs"]] == pytest.approx([1, 1, 1])

    def test_differences(self):
        assert [pair["difference"] for pair in self.comparison["pairs"]] == pytest.approx([2 / 8, 3 / 8, 1 / 8])
        for pair in self.comparison["pairs"]:
            low, high = pair["difference_interval"]
            assert low < pair["difference"] < high

    def test_mistakes_in_common(self):
        assert self.comparison["agreement"]["both_wrong"] == [
            [1 / 8, 1 / 8, 0 / 8],
            [1 / 8, 3 / 8, 1 / 8],
            [0 / 8, 1 / 8, 4 / 8],
        ]

    def test_kappa_of_predicted_classes(self):
        kappa = self.comparison["agreement"]["kappa"]
        # good says a4 b3 c1, fair a5 b3 c0; alike on 5 of 8, by chance on (20 + 9) / 64.
        assert kappa[0][1] == kappa[1][0] == pytest.approx((5 / 8 - 29 / 64) / (1 - 29 / 64))
        assert [kappa[i][i] for i in range(3)] == [1.0, 1.0, 1.0]

    def test_is_strict_json(self):
        assert json.loads(json.dumps(self.comparison, allow_nan=False)) == self.comparison
        assert self.comparison["undefined"] == []


class TestAtRandom:
    models = {f"model {seed}": random_predictions(200, list("abcd"), seed) for seed in (0, 1)}  # noqa: RUF012
    first = models["model 0"]
    # The second one knows nothing of the labels.
    models["model 1"] = models["model 1"].assign(label=first["label"])
    comparison = compare_models(models, "test", manifest(first, 5), PARAMETERS)

    def test_kappa_agrees_with_scikit_learn(self):
        predicted = [
            rows.query("side == 'test'")[[f"p_{name}" for name in "abcd"]].to_numpy().argmax(axis=1)
            for rows in self.models.values()
        ]
        assert self.comparison["agreement"]["kappa"][0][1] == pytest.approx(
            sklearn.metrics.cohen_kappa_score(*predicted)
        )

    def test_groups_are_those_of_the_manifest(self):
        assert self.comparison["resampling"]["unit"] == "acquisition_id"
        assert self.comparison["resampling"]["n_groups"] == 40

    def test_the_order_of_rows_does_not_matter(self):
        shuffled = {
            name: rows.sample(frac=1, random_state=seed) for seed, (name, rows) in enumerate(self.models.items())
        }
        assert compare_models(shuffled, "test", manifest(self.first, 5), PARAMETERS) == self.comparison


def test_differences_are_paired():
    """Two models that are wrong on the same groups differ by little, though each alone varies by much."""
    labels = "a" * 60
    one = answers(labels, "a" * 30 + "b" * 30)
    other = answers(labels, "a" * 30 + "b" * 29 + "a")
    pair = compare_models({"one": one, "other": other}, "test", manifest(one, 3), PARAMETERS)["pairs"][0]
    assert pair["difference"] == pytest.approx(-1 / 60)
    # One group of 20 makes all the difference: it is drawn none to three or four times.
    low, high = pair["difference_interval"]
    assert -4 / 60 <= low <= -3 / 60 + 1e-9
    assert high == 0


class TestEdges:
    def test_one_model_has_no_pair(self):
        comparison = compare_models({"only": answers("abc", "abb")}, "test", None, PARAMETERS)
        assert comparison["pairs"] == []
        assert comparison["agreement"]["both_wrong"] == [[1 / 3]]

    def test_one_image(self):
        one = answers("a", "b")
        comparison = compare_models({"one": one, "same": one}, "test", None, PARAMETERS)
        pair = comparison["pairs"][0]
        assert (pair["p_value"], pair["p_value_holm"], pair["difference_interval"]) == (1.0, 1.0, None)
        assert comparison["agreement"]["kappa"] == [[None, None], [None, None]]
        figures = {item["figure"] for item in comparison["undefined"]}
        assert figures == {
            "interval of the difference between one and same",
            "kappa between one and one",
            "kappa between same and one",
            "kappa between same and same",
        }
        assert json.loads(json.dumps(comparison, allow_nan=False)) == comparison

    @pytest.mark.parametrize(
        ("other", "what"),
        [
            pytest.param(answers("ab", "ab"), "images", id="fewer images"),
            pytest.param(answers("abb", "abc"), "labels", id="other labels"),
            pytest.param(answers("abc", "abc").rename(columns={"p_a": "p_b", "p_b": "p_a"}), "classes", id="order"),
        ],
    )
    def test_models_of_different_images_are_not_compared(self, other, what):
        with pytest.raises(ValueError, match=f"on the same {what}, found that those of 'other' differ from those of"):
            compare_models({"one": answers("abc", "abc"), "other": other}, "test", None, PARAMETERS)

    def test_nothing_to_compare(self):
        with pytest.raises(ValueError, match="one model or more, found none"):
            compare_models({}, "test", None, PARAMETERS)

import json

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics

from evaluation.predicted_tables import PARAMETERS, manifest, random_predictions, split_of, table
from leukosmear.evaluation import evaluate, take_side
from leukosmear.evaluation.bootstrap import bootstrap
from leukosmear.evaluation.ranking import rank
from leukosmear.evaluation.resampling import Groups, describe_resampling, find_groups, find_interval, resample

IMAGES = ("image-2", "image-0", "image-1")
MANIFEST = pd.DataFrame(
    {
        "image_id": ["image-0", "image-1", "image-2", "image-3"],
        "field_id": ["f", "g", "g", "h"],
        "acquisition_id": ["y", "x", "y", "z"],
    }
)


class TestFindGroups:
    @pytest.mark.parametrize(
        ("table", "unit", "of_image"),
        [
            pytest.param(MANIFEST, "acquisition_id", [1, 1, 0], id="acquisitions"),
            pytest.param(MANIFEST.drop(columns="acquisition_id"), "field_id", [1, 0, 1], id="fields"),
            pytest.param(MANIFEST.assign(acquisition_id=None), "field_id", [1, 0, 1], id="acquisitions unknown"),
            pytest.param(MANIFEST[["image_id"]], "image_id", [2, 0, 1], id="images"),
            pytest.param(None, "image_id", [2, 0, 1], id="no manifest"),
        ],
    )
    def test_the_coarsest_that_is_known(self, table, unit, of_image):
        groups = find_groups(IMAGES, table)
        assert groups.unit == unit
        assert groups.of_image.tolist() == of_image
        assert groups.number == len(set(of_image))

    def test_an_image_without_a_row_is_an_error(self):
        with pytest.raises(ValueError, match=r"found 1 that are not, such as 'image-9'. Run preprocessing"):
            find_groups((*IMAGES, "image-9"), MANIFEST)

    def test_sums_by_group(self):
        groups = find_groups(IMAGES, MANIFEST)
        assert groups.sums(np.array([[1.0, 10], [2, 20], [4, 40]])).tolist() == [[4, 40], [3, 30]]


class TestResample:
    groups = Groups("field_id", np.array([0, 0, 1, 2, 3, 3]), 4)

    def draw(self, **changes):
        parameters = PARAMETERS.model_copy(update=changes)
        return resample(self.groups, parameters, lambda counts: {"counts": counts})["counts"]

    def test_each_draws_as_many_groups_as_there_are(self):
        counts = self.draw()
        assert counts.shape == (200, 4)
        assert (counts.sum(axis=1) == 4).all()
        assert counts.max() > 1

    def test_each_group_is_drawn_once_on_average(self):
        # 4,000 draws of 4 groups: the mean of each has a standard error of sqrt(4 * 1/4 * 3/4 / 4000) = 0.014.
        assert self.draw(resamples=4000).mean(axis=0) == pytest.approx([1, 1, 1, 1], abs=0.06)

    def test_the_seed_decides(self):
        assert (self.draw() == self.draw()).all()
        assert (self.draw() != self.draw(seed=4)).any()

    def test_batches_draw_the_same(self, monkeypatch):
        whole = self.draw()
        monkeypatch.setattr("leukosmear.evaluation.resampling._BATCH", 6 * 7)
        assert (self.draw() == whole).all()


class TestFindInterval:
    groups = Groups("acquisition_id", np.arange(9), 9)

    @pytest.mark.parametrize(
        ("number", "confidence", "tail"),
        [
            # Student's t at 8 degrees of freedom is 1.860, times sqrt(9 / 8) is 1.972: 2.43 % of a normal lie beyond.
            pytest.param(9, 0.9, 0.0243, id="nine groups"),
            # 12.706 times sqrt(2) is beyond all resamples.
            pytest.param(2, 0.95, 0.0, id="two groups"),
            # 1.962 * 1.0005.
            pytest.param(1000, 0.95, 0.0248, id="many groups"),
        ],
    )
    def test_percentiles_are_the_wider_the_fewer_groups(self, number, confidence, tail):
        groups = Groups("acquisition_id", np.arange(number), number)
        interval, reason = find_interval(0.5, np.linspace(0, 1, 101), groups, confidence)
        assert interval == pytest.approx([tail, 1 - tail], abs=1e-4)
        assert reason == ""

    def test_may_lack_as_many_resamples_as_lie_outside(self):
        values = np.append(np.linspace(0, 1, 95), [np.nan] * 5)
        interval, reason = find_interval(0.5, values, self.groups, 0.95)
        assert interval is not None
        assert reason == ""

    @pytest.mark.parametrize(
        ("point", "values", "groups", "reason"),
        [
            pytest.param(np.nan, [0.1, 0.2], groups, "the figure itself", id="no figure"),
            pytest.param(0.1, [0.1, 0.1], Groups("field_id", np.zeros(2), 1), "one group (field_id)", id="one group"),
            pytest.param(0.1, [0.1, np.nan], groups, "undefined in 50% of the resamples", id="too often undefined"),
            pytest.param(1.0, [1.0, 1.0], groups, "read Wilson's", id="no width"),
        ],
    )
    def test_none_with_a_reason(self, point, values, groups, reason):
        interval, found = find_interval(point, np.array(values), groups, 0.95)
        assert interval is None
        assert reason in found


class TestRanking:
    def test_by_hand(self):
        # Falling: + (0.9), + and - tie (0.5), - (0.1). Weights 1, 2, 3 and 4.
        compute = rank(np.array([0.1, 0.5, 0.9, 0.5]), np.array([False, True, True, False]))
        found = compute(np.array([[4.0, 2, 1, 3], [1, 1, 1, 1], [0, 1, 1, 0], [1, 0, 0, 1]]))
        # Of 3 * 7 weighted pairs, 1 * 7 + 2 * 4 are in order and 2 * 3 tie. Precision 1 for 1/3, 3 of 6 for 2/3.
        assert found["auc"][0] == pytest.approx((7 + 8 + 6 / 2) / 21)
        assert found["average_precision"][0] == pytest.approx(1 / 3 + 2 / 3 * 3 / 6)
        assert found["auc"][1] == pytest.approx(3.5 / 4)
        assert found["average_precision"][1] == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)
        for values in found.values():
            assert np.isnan(values[2:]).all()

    def test_agrees_with_scikit_learn(self):
        rng = np.random.default_rng(0)
        score, positive = rng.integers(12, size=80) / 11, rng.random(80) < 0.4
        weights = rng.integers(4, size=(5, 80)).astype(float)
        found = rank(score, positive)(weights)
        for row, area, average in zip(weights, found["auc"], found["average_precision"], strict=True):
            assert area == pytest.approx(sklearn.metrics.roc_auc_score(positive, score, sample_weight=row))
            theirs = sklearn.metrics.average_precision_score(positive, score, sample_weight=row)
            assert average == pytest.approx(theirs)


class TestBootstrap:
    predictions = random_predictions(120, list("abcd"), seed=5)
    scored = take_side(predictions, "test")
    groups = find_groups(scored.image_ids, manifest(predictions, images_per_group=4))
    result = bootstrap(scored, groups, PARAMETERS)

    def test_every_figure_has_an_interval_around_it(self):
        scores = evaluate(self.predictions, "test")
        overall = {
            **{name: scores[name] for name in self.result["overall"] if name in scores},
            "macro_precision": scores["macro"]["precision"],
            "macro_f1": scores["macro"]["f1"],
            "weighted_precision": scores["weighted"]["precision"],
            "weighted_f1": scores["weighted"]["f1"],
            "brier_score": self.result["overall"]["brier_score"][0] + 1e-9,
        }
        assert overall.keys() == self.result["overall"].keys()
        for name, (low, high) in self.result["overall"].items():
            assert low < overall[name] < high, name
        for name, figures in self.result["per_class"].items():
            for figure, (low, high) in figures.items():
                assert low < scores["per_class"][name][figure] < high, (name, figure)
        assert self.result["undefined"] == []

    def test_each_resample_is_scored_as_a_table_of_its_own(self, monkeypatch):
        """Lay the drawn images out as a table, and score it with the evaluator and scikit-learn."""
        drawn = {}

        def spy(groups, parameters, score):
            drawn["counts"] = resample(groups, parameters, lambda counts: {"counts": counts})["counts"][:3]
            drawn["figures"] = score(drawn["counts"])
            return drawn["figures"]

        monkeypatch.setattr("leukosmear.evaluation.bootstrap.resample", spy)
        bootstrap(self.scored, self.groups, PARAMETERS)
        rows = self.predictions[self.predictions["side"] == "test"]
        for index, counts in enumerate(drawn["counts"]):
            times = counts[self.groups.of_image].astype(int)
            repeated = rows.loc[rows.index.repeat(times)].reset_index(drop=True)
            scores = evaluate(repeated.assign(image_id=repeated.index.astype(str)), "test")
            figures = {name: values[index] for name, values in drawn["figures"].items()}
            for name in ("accuracy", "balanced_accuracy", "cohen_kappa", "mcc", "macro_auc", "cross_entropy"):
                assert figures[name] == pytest.approx(scores[name]), name
            for name in ("precision", "recall", "f1"):
                assert figures[f"macro_{name}"] == pytest.approx(scores["macro"][name])
                assert figures[f"weighted_{name}"] == pytest.approx(scores["weighted"][name])
            for name in ("precision", "recall", "specificity", "npv", "f1", "auc", "average_precision"):
                ours = [one[name] for one in scores["per_class"].values()]
                assert figures[name] == pytest.approx(ours), name
            truth, probabilities = np.repeat(self.scored.truth, times), np.repeat(self.scored.probabilities, times, 0)
            brier = sklearn.metrics.brier_score_loss(truth, probabilities, labels=range(4), scale_by_half=False)
            assert figures["brier_score"] == pytest.approx(brier)

    def test_groups_widen_what_images_make_narrow(self):
        # Right or wrong by the group: 20 groups of 6 hold no more than 20 images would.
        scored = split_of([("a", (0.9, 0.1))] * 60 + [("a", (0.1, 0.9))] * 60, classes="ab")
        together = Groups("acquisition_id", np.arange(120) // 6, 20)
        apart = Groups("image_id", np.arange(120), 120)
        wide, narrow = (bootstrap(scored, groups, PARAMETERS)["overall"]["accuracy"] for groups in (together, apart))
        assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])
        # 2.09 * sqrt(1/4 / 19) = 0.24 to either side, in steps of 1/20.
        assert wide == pytest.approx([0.26, 0.74], abs=0.05)

    def test_a_wider_confidence_is_wider(self):
        narrow = bootstrap(self.scored, self.groups, PARAMETERS.model_copy(update={"confidence": 0.5}))
        assert narrow["overall"]["mcc"][0] > self.result["overall"]["mcc"][0]


class TestUndefined:
    def test_without_a_mistake_there_is_no_width(self):
        scored = split_of([("a", (0.8, 0.2)), ("b", (0.3, 0.7)), ("b", (0.1, 0.9))] * 9, classes="ab")
        result = bootstrap(scored, find_groups(scored.image_ids, None), PARAMETERS)
        assert result["overall"]["accuracy"] is None
        assert result["overall"]["brier_score"][0] < result["overall"]["brier_score"][1]
        reasons = {(item["class"], item["figure"]): item["reason"] for item in result["undefined"]}
        assert "read Wilson's where there is one" in reasons["all classes", "interval of accuracy"]
        assert "read Wilson's where there is one" in reasons["a", "interval of recall"]

    def test_a_class_of_few_groups_has_no_interval_of_its_own(self):
        # One of 20 groups has class b: 36 % of the resamples go without.
        scored = split_of([("a", (0.8, 0.2))] * 30 + [("a", (0.3, 0.7))] * 8 + [("b", (0.3, 0.7))] * 2, classes="ab")
        result = bootstrap(scored, Groups("field_id", np.arange(40) // 2, 20), PARAMETERS)
        assert result["overall"]["accuracy"] is not None
        assert result["per_class"]["b"]["recall"] is None
        reasons = {(item["class"], item["figure"]): item["reason"] for item in result["undefined"]}
        assert "of the resamples: too few groups" in reasons["b", "interval of recall"]

    def test_one_image_is_strict_json(self):
        scored = split_of([("a", (0.8, 0.1, 0.1))])
        result = bootstrap(scored, find_groups(scored.image_ids, None), PARAMETERS)
        assert set(result["overall"].values()) == {None}
        assert json.loads(json.dumps(result, allow_nan=False)) == result
        assert {"one group" in item["reason"] or "itself" in item["reason"] for item in result["undefined"]} == {True}


class TestDescription:
    scored = split_of([("a", (0.8, 0.1, 0.1))] * 4 + [("b", (0.8, 0.1, 0.1))] * 2)
    groups = Groups("field_id", np.array([0, 0, 1, 2, 2, 3]), 4)

    def describe(self, **changes):
        return describe_resampling(self.scored, self.groups, PARAMETERS.model_copy(update=changes))

    def test_counts_groups(self):
        result = self.describe()
        assert (result["unit"], result["n_groups"]) == ("field_id", 4)
        # Sizes 2, 1, 2, 1: 6^2 / (4 + 1 + 4 + 1).
        assert result["effective_groups"] == pytest.approx(3.6)
        assert result["groups_per_class"] == {"a": 3, "b": 2, "c": 0}
        assert (result["resamples"], result["seed"], result["confidence"]) == (200, 3, 0.95)

    @pytest.mark.parametrize(
        ("changes", "warnings"),
        [
            pytest.param({"min_groups": 3, "min_groups_per_class": 2}, [], id="enough"),
            pytest.param({"min_groups": 4, "min_groups_per_class": 2}, ["worth 3.6 equal ones"], id="few"),
            pytest.param({"min_groups": 3, "min_groups_per_class": 3}, ["hold images of b (2):"], id="few of a class"),
        ],
    )
    def test_warns_of_few(self, changes, warnings):
        found = self.describe(**changes)["warnings"]
        assert len(found) == len(warnings)
        assert all(expected in one for expected, one in zip(warnings, found, strict=True))


def test_all_models_see_the_same_resamples_whatever_the_order_of_their_rows():
    rows = [("test", "a", (0.8, 0.2)), ("test", "b", (0.6, 0.4)), ("test", "b", (0.4, 0.6)), ("test", "a", (0.4, 0.6))]
    one = table(rows * 3, classes="ab")
    results = []
    for predictions in (one, one.sample(frac=1, random_state=1)):
        scored = take_side(predictions, "test")
        results.append(bootstrap(scored, find_groups(scored.image_ids, None), PARAMETERS)["overall"])
    assert results[0] == pytest.approx(results[1])

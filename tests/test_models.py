import pytest

from leukosmear.models import MODELS, Control, Model, check_models, choose_models, find_own

CONTROL = Control("shortcut", "the background")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("estimator", "baselines", "further"), "a table of features", id="no features"),
        pytest.param(("network", "modelling", "further", "cell_features"), "no table of features", id="features"),
        pytest.param(("network", "modelling", "best"), "a role among the paper\u2019s, Table 1", id="no such role"),
        pytest.param(("forest", "baselines", "further"), "a family among network, estimator", id="no such family"),
        pytest.param(("estimator", "baselines", "control", "x"), "what it tests in `control`", id="tests nothing"),
        pytest.param(("estimator", "baselines", "further", "x", CONTROL), "no `control`", id="is no control"),
        pytest.param(("estimator", "baselines", "further", "x", None, True), "only networks are", id="exported"),
    ],
)
def test_what_does_not_go_together_is_an_error(arguments, message):
    with pytest.raises(ValueError, match=rf"Expected of the model 'mine' in models.py .*{message}.* Correct it\."):
        Model("mine", *arguments)


def test_names_are_unique_and_one_model_stands_for_the_papers():
    own, further, *_ = MODELS
    check_models(MODELS)
    assert find_own(MODELS) == own.name == "paper_cnn"
    with pytest.raises(ValueError, match="Found two compact_cnn"):
        check_models([own, further, further])
    with pytest.raises(ValueError, match="Found 0"):
        check_models([further])


def test_models_can_be_left_out_but_not_the_papers_own():
    names = [model.name for model in MODELS]
    assert [model.name for model in choose_models(["knn"])] == [name for name in names if name != "knn"]
    assert choose_models([]) == MODELS
    with pytest.raises(ValueError, match=r"names of models: paper_cnn, .* Found 'cnn'"):
        choose_models(["cnn"])
    with pytest.raises(ValueError, match=r"Found paper_cnn, the paper's own"):
        choose_models(["paper_cnn"])

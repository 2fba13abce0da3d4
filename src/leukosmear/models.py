"""The models of this project, each declared once: pipelines, catalog, parameters and report follow from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Family = Literal["network", "estimator"]
OWN: Literal["the paper\u2019s"] = "the paper\u2019s"  # the role of the model that stands for the paper's own
Role = Literal["the paper\u2019s", "Table 1", "Table 2", "further", "control"]


@dataclass(frozen=True)
class Control:
    """What a control tests.

    Attributes:
        kind: It sees something that ought not to tell the class, or it learnt labels in random order.
        sees: What it sees, to end the sentence "a classifier that sees only ...".
    """

    kind: Literal["shortcut", "permuted"]
    sees: str


@dataclass(frozen=True)
class Model:
    """One model.

    Attributes:
        name: Its name, and that of its block of parameters.
        family: Keras networks, or scikit-learn estimators: which pipeline trains it.
        pipeline: The pipeline that it is trained in.
        role: Its group in the report: the paper's own network, the rows of the paper's two tables, further models, and
            the controls that all others are held against.
        features: The table of features that an estimator works on; which of its columns is a parameter.
        control: What it tests, if it is a control.
        exported: Whether the pipeline `export` converts it; networks only.
        cross_validated: Whether the pipeline `cross_validation` trains it once for each fold.

    Raises:
        ValueError: If what is declared does not go together.
    """

    name: str
    family: Family
    pipeline: Literal["modelling", "baselines"]
    role: Role
    features: str | None = None
    control: Control | None = None
    exported: bool = False
    cross_validated: bool = True

    def __post_init__(self) -> None:
        expected = {
            "a family among network, estimator": self.family in get_args(Family),
            "a role among " + ", ".join(get_args(Role)): self.role in get_args(Role),
            "a table of features, since it is an estimator": self.family != "estimator" or self.features,
            "no table of features, since it is a network": self.family != "network" or not self.features,
            "what it tests in `control`, since its role is control": self.role != "control" or self.control,
            "no `control`, since its role is another": self.role == "control" or not self.control,
            "that it is not exported, since only networks are": self.family == "network" or not self.exported,
        }
        for words, holds in expected.items():
            if not holds:
                raise ValueError(f"Expected of the model '{self.name}' in models.py {words}. Found {self}. Correct it.")


def _estimator(name: str, role: Role, features: str = "cell_features") -> Model:
    return Model(name, "estimator", "baselines", role, features)


def _control(name: str, features: str, kind: Literal["shortcut", "permuted"], sees: str) -> Model:
    return Model(name, "estimator", "baselines", "control", features, Control(kind, sees))


MODELS: tuple[Model, ...] = (
    Model("paper_cnn", "network", "modelling", OWN),
    Model("compact_cnn", "network", "modelling", "further", exported=True),
    # Trained once for each fold, these two would take hours.
    Model("resnet50", "network", "baselines", "Table 1", cross_validated=False),
    Model("densenet121", "network", "baselines", "Table 1", cross_validated=False),
    _estimator("knn", "Table 1", "pixel_features"),
    _estimator("texture_svm_2016", "Table 2"),
    _estimator("shape_ann_2015", "Table 2"),
    _estimator("shape_texture_svm_2015", "Table 2"),
    _estimator("shape_texture_svm_2017", "Table 2"),
    _estimator("shape_colour_texture_svm_2014", "Table 2"),
    _estimator("shape_texture_svm_2013", "Table 2"),
    _estimator("cell_features_boosting", "further"),
    # A shortcut should do badly; what learnt labels in random order has to do as badly as guessing.
    _control(
        "control_background",
        "background_features",
        "shortcut",
        "the mean and the spread of the colours where no stained cell is",
    ),
    _control("control_scale_bar", "scale_bar_features", "shortcut", "the corner in which the scale bar lies"),
    _control("control_histogram", "histogram_features", "shortcut", "how often each colour occurs, not where"),
    _control("control_permuted", "cell_features", "permuted", "the cells, but learnt from labels in random order"),
)


# Those that pipelines are made for: all, unless a run's context has left some out.
CHOSEN = list(MODELS)


def check_models(models: Iterable[Model]) -> None:
    """Check what has to hold of all models together.

    Args:
        models: All models.

    Raises:
        ValueError: If two have one name, or not just one stands for the paper's own network.
    """
    models = list(models)
    names = [model.name for model in models]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"Expected every model in models.py to have a name of its own. Found two {repeated[0]}.")
    own = [model.name for model in models if model.role == OWN]
    if len(own) != 1:
        raise ValueError(f"Expected one model in models.py in the role '{OWN}'. Found {len(own)}: {', '.join(own)}.")


def choose_models(left_out: Iterable[str]) -> tuple[Model, ...]:
    """Take all models but some.

    Args:
        left_out: Names of those.

    Raises:
        ValueError: If there is no such model, or no model stands for the paper's own any more.
    """
    names = [model.name for model in MODELS]
    for name in left_out:
        if name not in names:
            raise ValueError(f"Expected in `leave_out` names of models: {', '.join(names)}. Found '{name}'.")
    if find_own(MODELS) in left_out:
        raise ValueError(
            f"Expected in `leave_out` models that a report can go without. Found {find_own(MODELS)}, the paper's own, "
            "which all others are shown beside."
        )
    return tuple(model for model in MODELS if model.name not in left_out)


def find_own(models: Iterable[Model]) -> str:
    """Find the name of the model that stands for the paper's own."""
    return next(model.name for model in models if model.role == OWN)


check_models(MODELS)

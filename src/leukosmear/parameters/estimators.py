"""Which scikit-learn estimators are fitted, and how."""

from pydantic import Field

from leukosmear.parameters.base import Parameters


class SelectionParameters(Parameters):
    """Which of an estimator's features are left out, by what the training images say."""

    selector: str = Field(description="import path of a scikit-learn selector of features")
    options: dict[str, bool | int | float | str | None] = Field(
        default_factory=dict, description="arguments of the selector"
    )


class EstimatorParameters(Parameters):
    """Which scikit-learn estimator is fitted, on what, behind which steps; a standard scaler is always one."""

    columns: list[str] = Field(
        default=["*"],
        min_length=1,
        description="columns of the table of features that are used, by name; * stands for any characters",
    )
    impute: bool = Field(
        default=True,
        description="fill missing values by the median of the training images; false saves time where none are missing",
    )
    selection: SelectionParameters | None = Field(
        default=None, description="how features are selected after scaling; null keeps all"
    )
    estimator: str = Field(description="import path of a classifier class with predict_proba or decision_function")
    options: dict[str, bool | int | float | str | None] = Field(
        default_factory=dict, description="arguments of the class"
    )
    grid: dict[str, list[int | float | str | None]] = Field(
        default_factory=dict, description="values of arguments to choose from, inside the training split"
    )
    folds: int = Field(default=5, ge=2, description="folds of the cross-validation that chooses")
    jobs: int = Field(
        default=1, ge=-1, description="processes that choose; -1 takes all cores", json_schema_extra={"effort": True}
    )
    permute_labels: bool = Field(
        default=False,
        description="shuffle the labels of the training images first: a control, which has to come out at chance",
    )
    single_features: int = Field(
        default=15,
        ge=0,
        description="features whose importance is measured one by one, those that correlate most with the class first; "
        "that of the entries of `columns` always is",
    )
    seed: int = Field(ge=0, description="seed of the folds, and of the shuffling of labels")


class ImportanceParameters(Parameters):
    """How much an estimator relies on its features: the accuracy it loses where their values are shuffled."""

    repeats: int = Field(ge=0, description="times that each feature is shuffled; 0 measures nothing")
    seed: int = Field(ge=0, description="seed of the shuffling")

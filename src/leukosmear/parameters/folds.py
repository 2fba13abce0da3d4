"""Parameters of the cross-validation."""

from pydantic import Field

from leukosmear.parameters import Parameters


class CrossValidationParameters(Parameters):
    """How the models are compared; `split.folds` and `split.seed` say how acquisitions are dealt."""

    reference: str = Field(
        description="model that all others are held against, such as a control that does not see the cells"
    )

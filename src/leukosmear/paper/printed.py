"""The paper's printed figures, quoted as printed, errors included."""

from typing import Annotated

from pydantic import Field

from leukosmear.parameters import Parameters

Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Loss = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


class PrintedClassifier(Parameters):
    """A column of the paper's Table 1."""

    printed_as: str = Field(description="the name as printed, misprints included")
    name: str = Field(description="the name as it should be")
    model: str = Field(description="the model of this project that stands for it")
    accuracy_percent: Percent = Field(description="the printed accuracy")


class PrintedClass(Parameters):
    """A row of the paper's table per class, as printed."""

    class_name: str = Field(description="name of the class")
    total: Count = Field(description='images under "Total"')
    accurately_predicted: Count = Field(description='images under "Accurately Predict"')
    missed: Count = Field(description='images under "Miss Prediction"')
    accuracy_percent: Percent = Field(description='the figure under "Accuracy"')


class ImpliedRecall(Parameters):
    """What the paper's table per class leaves out, worked out from its printed figures."""

    class_name: str = Field(description="name of the class")
    right: Count = Field(description="images of the class that were found")
    n_images: int = Field(ge=1, description="test images of the class")


class PrintedSystem(Parameters):
    """A row of the paper's Table 2: mostly systems of others, on another data set and another task."""

    printed_as: str = Field(description="authors and year as printed")
    citation: str = Field(description="the publication")
    model: str = Field(description="the model of this project that stands for it")
    features: str = Field(description="what the classifier saw")
    classifier: str = Field(description="kind of classifier")
    n_test: int = Field(ge=1, description="test images as printed")
    accuracy_percent: Percent = Field(description="the printed accuracy")
    n_classes: int = Field(ge=2, description="classes that it told apart there")
    task: str = Field(description="what it was tested on there")


class PrintedScores(Parameters):
    """Figures that the paper prints in its text."""

    validation_loss: Loss = Field(description="categorical cross-entropy on the validation images, in nats")
    validation_accuracy: Share = Field(description="share of validation images that were right")
    test_loss: Loss = Field(description="categorical cross-entropy on the test images, in nats")
    test_accuracy: Share = Field(description="share of test images that were right")
    scores_of_class: str = Field(description="the class of the next three, which the paper does not name")
    precision: Share = Field(description="precision of that class")
    recall: Share = Field(description="recall of that class")
    f1: Share = Field(description="F1 of that class")
    auc: dict[str, Share] = Field(description="area under the curve, one class against the rest")


class PaperFigures(Parameters):
    """Everything that the report quotes from the paper."""

    citation: str = Field(description="authors and title")
    n_test: int = Field(ge=1, description="test images that the printed accuracies imply")
    table_1: tuple[PrintedClassifier, ...] = Field(min_length=1, description="its Table 1")
    per_class: tuple[PrintedClass, ...] = Field(min_length=1, description="its table per class")
    mean_of_classes_percent: Percent = Field(description="what it calls model accuracy")
    implied_recalls: tuple[ImpliedRecall, ...] = Field(description="true counts behind the table per class")
    text: PrintedScores = Field(description="figures in its text")
    table_2: tuple[PrintedSystem, ...] = Field(description="its Table 2")
    errors: tuple[str, ...] = Field(description="its errors, a sentence or two each")

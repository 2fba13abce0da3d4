"""Search spaces and studies of a few trials for the tests of tuning."""

from leukosmear.parameters import AugmentationParameters, NetworkParameters, TrainingParameters
from leukosmear.parameters.tuning import TuningParameters
from leukosmear.tuning.results import Study, Trial
from leukosmear.tuning.space import Blocks

SPACE = [
    {"path": "training.learning_rate", "low": 0.001, "high": 0.1, "log": True},
    {"path": "training.batch_size", "low": 4, "high": 8},
    {"path": "network.options.filters", "choices": [[2], [4]]},
]

BLOCKS = Blocks(
    NetworkParameters(builder="leukosmear.networks.compact.compact_cnn", options={"filters": [4], "dropout": 0.0}),
    TrainingParameters(
        epochs=1,
        batch_size=8,
        learning_rate=0.01,
        schedule="constant",
        monitor="validation_loss",
        patience=2,
        graph=False,
        seed=0,
    ),
    AugmentationParameters(
        rotation=15, width_shift=0.05, height_shift=0.05, shear=5, zoom=0.1, horizontal_flip=True, fill_mode="nearest"
    ),
)


def tuning(**changes: object) -> TuningParameters:
    values = {
        "model": "tiny",
        "space": SPACE,
        "score": "validation_f1",
        "trials": 2,
        "minutes": None,
        "pruner": "median",
        "startup_trials": 2,
        "min_epochs": 1,
        "folds": 3,
        "seed": 0,
    }
    return TuningParameters(**(values | changes))


def trial(number: int, score: float | None, *scores: float, **values: object) -> Trial:
    return Trial(
        number=number,
        as_configured=number == 0,
        state="pruned" if score is None else "complete",
        score=score,
        best_epoch=None if score is None else 1,
        n_parameters=100,
        seconds=2.0,
        scores=list(scores),
        values={name.replace("__", "."): value for name, value in values.items()},
    )


def study(*trials: Trial, configured: tuple[str, ...] = (), **importance: float) -> Study:
    return Study(
        study="tiny-0123456789ab",
        model="tiny",
        score="validation_f1",
        trials=list(trials),
        configured=list(configured),
        importance={name.replace("__", "."): share for name, share in importance.items()},
    )

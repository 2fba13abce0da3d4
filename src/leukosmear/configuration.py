"""How the files of conf/ and the command line become the configuration of a run."""

from copy import deepcopy
from typing import Any

from kedro.config import OmegaConfigLoader
from kedro.framework.context import KedroContext
from kedro.framework.project import pipelines

from leukosmear.models import CHOSEN, choose_models
from leukosmear.schemas import SPLIT_NAME


class ConfigLoader(OmegaConfigLoader):
    """Kedro's own loader, which reads each kind of file once and knows which split a run works on.

    Kedro and its hooks ask for the same parameters several times, and each reading takes a quarter of a second. The
    catalog and the parameters take protocol, fold and seed of the split from `${globals:split.<name>}`: from
    globals.yml, unless `--params` gives one, as `fold` or as `split.fold`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - those of Kedro's loader
        super().__init__(*args, **kwargs)
        settings, given = self["globals"], self.runtime_params or {}
        own = given.get("split")
        given = (own if isinstance(own, dict) else {}) | given
        self["globals"] = settings | {"split": {name: given.get(name, settings[name]) for name in SPLIT_NAME}}

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Return a configuration, which the caller may change, by its key, such as `catalog`."""
        if key not in self.data:
            self._register_globals_resolver()  # all loaders share OmegaConf's resolvers; the last one made has them
            self[key] = super().__getitem__(key)
        return deepcopy(super().__getitem__(key))


class Context(KedroContext):
    """Kedro's own context, which has the pipelines made for the models that `leave_out` does not name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - those of Kedro's context
        super().__init__(*args, **kwargs)
        given = self.config_loader.runtime_params or {}
        setting = given.get("leave_out", self.config_loader["globals"]["leave_out"])
        left_out = setting.split() if isinstance(setting, str) else setting or []
        chosen = choose_models([] if left_out == ["none"] else left_out)
        if list(chosen) != CHOSEN:
            CHOSEN[:] = chosen
            pipelines.configure(f"{self._package_name}.pipeline_registry")  # has them made anew

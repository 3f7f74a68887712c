"""How a mixture is searched for: from a command's settings to the core's options, in one place for every command."""

from __future__ import annotations

from emcli.core.fit.options import FitOptions
from emcli.core.model.mixture import Mixture
from emcli.data.membership import Beside, Labels
from emcli.data.rows import FloatArray, IntArray
from emcli.tasks.settings import FittingSettings


def fit_options(
    fitting: FittingSettings,
    n_components: int,
    *,
    init: str | Mixture | Beside | FloatArray | IntArray | None = None,
    labels: Labels | None = None,
) -> FitOptions:
    """The options of one fit.

    init    where it starts, if the settings' own word is not to be taken as it is
    labels  the component (n,) from 0 of every row, -1 where it is not known
    """
    return FitOptions(
        n_components=n_components,
        covariance=fitting.covariance,
        family=fitting.family,
        noise=fitting.noise,
        hard=fitting.hard,
        scale=fitting.scale,
        prior=fitting.prior,
        n_starts=fitting.starts,
        init=fitting.init if init is None else init,
        max_iterations=fitting.max_iterations,
        tolerance=fitting.tolerance,
        stop=fitting.stop,
        accelerate=fitting.accelerate,
        seed=fitting.seed,
        labels=labels,
    )

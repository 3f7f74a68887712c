"""The covariance models by name: a new one is a function and one line here."""

from __future__ import annotations

from emcli.core.families.elliptical.covariances import closed_forms as closed
from emcli.core.families.elliptical.covariances.common_axes import eve, vve
from emcli.core.families.elliptical.covariances.common_shape import vee, vei, vev
from emcli.core.families.elliptical.covariances.factor import parsed
from emcli.core.families.elliptical.covariances.identity import Identity
from emcli.core.families.elliptical.covariances.lettered import Lettered
from emcli.core.families.elliptical.covariances.protocol import Conditional, Covariance, Layout

_MODELS: tuple[Covariance, ...] = (
    Lettered("full", "VVV", closed.own),
    Lettered("tied", "EEE", closed.equal),
    Lettered("diag", "VVI", closed.own),
    Lettered("spherical", "VII", closed.vii),
    Identity(),
    Lettered("EII", "EII", closed.eii),
    Lettered("VII", "VII", closed.vii),
    Lettered("EEI", "EEI", closed.equal),
    Lettered("VEI", "VEI", vei),
    Lettered("EVI", "EVI", closed.evi),
    Lettered("VVI", "VVI", closed.own),
    Lettered("EEE", "EEE", closed.equal),
    Lettered("VEE", "VEE", vee),
    Lettered("EVE", "EVE", eve),
    Lettered("VVE", "VVE", vve),
    Lettered("EEV", "EEV", closed.eev),
    Lettered("VEV", "VEV", vev),
    Lettered("EVV", "EVV", closed.evv),
    Lettered("VVV", "VVV", closed.own),
)

COVARIANCES: dict[str, Covariance] = {model.name: model for model in _MODELS}


def covariance_named(name: str) -> Covariance:
    """The model of a name: one of the table, or factor:Q for any number of factors.  KeyError if there is none."""
    return parsed(name) or COVARIANCES[name]


__all__ = ["COVARIANCES", "Conditional", "Covariance", "Layout", "covariance_named"]

"""The covariance models by name: a new one is one file and one line here."""

from __future__ import annotations

from emcli.core.covariances.diag import Diag
from emcli.core.covariances.full import Full
from emcli.core.covariances.identity import Identity
from emcli.core.covariances.protocol import Conditional, Covariance, Layout
from emcli.core.covariances.spherical import Spherical
from emcli.core.covariances.tied import Tied

COVARIANCES: dict[str, Covariance] = {model.name: model for model in (Full(), Tied(), Diag(), Spherical(), Identity())}

__all__ = ["COVARIANCES", "Conditional", "Covariance", "Layout"]

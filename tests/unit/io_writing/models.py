"""Models for the tests of model files."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
awkward_names = st.sampled_from(
    [
        *("yes", "No", "null", "~", "1", "1e3", "0x1F", "0o7", "1_000", "12:30:45", "2001-01-01", " a", "a "),
        *("a: b", "#x", "a #x", "<<", "=", "-", "- a", "? a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a"),
        *("{a", "[a", "a,b", "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\U0001f600", "'", '"', "\\", "a\nb"),
        *("\t", ".nan", ".5", "n", "x" * 2000, "---", "...", "0.1.0", "é", "true", ".inf", "+1", "1e400", "1."),
    ]
)
doubles = st.floats(allow_nan=False, allow_infinity=False)
variances = st.floats(min_value=5e-324, allow_infinity=False)
leaves = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | doubles | names | awkward_names
fits = st.dictionaries(
    names | awkward_names,
    st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=8),
)


@st.composite
def diagonal_models(draw: st.DrawFn) -> dict[str, Any]:
    """Any names and any doubles that a model may hold."""
    columns = draw(st.lists(names | awkward_names, min_size=1, max_size=4, unique=True))
    weights = draw(st.sampled_from([[1.0], [0.75, 0.25], [1.0, 0.0], [0.1] * 10]))

    def per_column(values: st.SearchStrategy[float]) -> dict[str, float]:
        return {name: draw(values) for name in columns}

    components = [
        {"weight": weight, "mean": per_column(doubles), "covariance": per_column(variances)} for weight in weights
    ]
    return {
        "format": "emcli-model/1",
        "family": "gaussian",
        "covariance": draw(st.sampled_from(["diag", "spherical", "identity"])),
        "columns": columns,
        "components": components,
        "fit": draw(fits),
    }


def full_model() -> dict[str, Any]:
    """A small proper model to be spoiled in tests."""
    return {
        "format": "emcli-model/1",
        "family": "gaussian",
        "covariance": "full",
        "columns": ["height", "weight"],
        "components": [
            {
                "weight": 0.75,
                "mean": {"height": 170.5, "weight": 70.0},
                "covariance": [[50.0, 20.0], [20.0, 90.0]],
            },
            {
                "weight": 0.25,
                "mean": {"height": 1e-9, "weight": -0.0},
                "covariance": [[1e-18, 0.0], [0.0, 1e18]],
            },
        ],
        "fit": {"n_rows": 150, "log_likelihood": -180.1855, "starts": {"tried": 10}, "seed": 0, "emcli": "0.1.0"},
    }

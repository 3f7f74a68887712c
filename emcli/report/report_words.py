"""The sentences of a report: the fit in plain words, how far to trust it, what is typical of a cluster, what a
figure shows to those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from emcli.report.drawables import Scene
from emcli.report.pictures.labels import count, near, number, percent, plain
from emcli.report.report_page import Neighbour, Trait, Verdict

NOTABLE = 1.0  # standard deviations: from here on a difference is worth a word
MOST_WORDS = 3  # columns named in a sentence
SURE, UNSURE = 0.9, 0.7
APART, CLOSE = 0.05, 0.2  # Bhattacharyya coefficients: below, hardly a row is shared; from here on, many are
FEW_ROWS = 5.0  # rows per column below which a cluster of its own shape is uncertain
DRIFTED = 5.0  # standard errors of the mean log-likelihood
SHARED_MODELS = {
    "full": "every cluster has a size, shape and direction of its own",
    "tied": "all clusters have the same size, shape and direction",
    "diag": "inside a cluster the columns vary independently of each other",
    "spherical": "every cluster is round, with a size of its own",
    "identity": "all clusters are round and of equal size",
}
FAMILIES = {"gaussian": "normal distributions", "t": "t distributions, whose tails are heavy,"}
SPREADS = {"sd": "standard deviation", "scale": "scale (of a heavy-tailed cluster)"}
LETTERS = {"E": "equal", "V": "varying", "I": "no"}


def lead(scene: Scene, neighbours: Sequence[Neighbour]) -> str:
    """The fit in one paragraph; neighbours are the candidates it was compared with, the best by BIC first."""
    return " ".join([*_lead(scene), *_among(neighbours)])


def _among(neighbours: Sequence[Neighbour]) -> Iterator[str]:
    """Where BIC puts the model among the candidates that were compared."""
    place = next((i for i, one in enumerate(neighbours) if one.this), None)
    if place is None or len(neighbours) < 2:
        return
    rival = neighbours[1] if place == 0 else neighbours[0]
    where = "first" if place == 0 else f"in place {place + 1}"
    gap = f"{number(max(rival.gap or 0.0, neighbours[place].gap or 0.0), 3)} {'before' if place == 0 else 'behind'}"
    whom = f"{count(rival.k, 'cluster')} ({rival.covariance})"
    yield f"BIC puts it {where} among the candidates compared, {gap} {whom}."


def _lead(scene: Scene) -> Iterator[str]:
    fit: Mapping[str, Any] = scene.model.plain.get("fit") or {}
    k, weights = scene.mixture.n_components, scene.mixture.weights
    name = str(scene.model.plain["covariance"])
    described = f"{count(int(fit['n_rows']), 'row')} in " if "n_rows" in fit else ""
    family = FAMILIES.get(scene.mixture.tail.name, f"{scene.mixture.tail.name} distributions")
    clusters = "one cluster" if k == 1 else f"a mixture of {k} clusters"
    yield (
        f"This model describes {described}{count(len(scene.names), 'column')} as {clusters}: {family} of "
        f"the covariance model {name} ({shape(name)})."
    )
    if k > 1:
        yield f"The clusters hold {listed([percent(w) for w in weights[:8]])} of the rows{', ...' if k > 8 else ''}."
    if scene.mixture.noise is not None:
        weight = percent(float(scene.mixture.noise.weight))
        yield f"A background, called cluster 0, takes the {weight} that belong to none of them."
    if "converged" in fit:
        yield _search(fit)
    if "log_likelihood" in fit:
        bic = f", BIC {number(fit['bic'], 7)} with {fit['n_parameters']} parameters" if "n_parameters" in fit else ""
        yield f"The log-likelihood is {number(fit['log_likelihood'], 7)}{bic}."
    if scene.look is not None and k > 1:
        summary = scene.look.summary
        sure = int(summary.at_least(SURE).sum())
        yield (
            f"Of the {count(summary.n_rows, 'row')} shown here, {sure:,} ({percent(sure / summary.n_rows)}) belong to "
            f"their cluster with a probability of {SURE} or more."
        )


def _search(fit: Mapping[str, Any]) -> str:
    steps = count(int(fit["iterations"]), "iteration") if "iterations" in fit else "its iterations"
    outcome = "converged" if fit["converged"] else "did not converge"
    starts = fit.get("starts") or {}
    agree = (
        f"; {starts['agree']} of {starts['tried']} starts ended at this optimum" if starts.get("tried", 0) > 1 else ""
    )
    return f"The search {outcome} after {steps}{agree}."


def shape(covariance: str) -> str:
    """What a covariance model says about its clusters."""
    if covariance in SHARED_MODELS:
        return SHARED_MODELS[covariance]
    if covariance.startswith("factor:"):
        return f"every cluster varies along {covariance.removeprefix('factor:')} factors and noise of each column"
    volume, form, turn = (LETTERS.get(letter, "its own") for letter in covariance)
    form = "round" if form == "no" else f"{form} shape"
    turn = "no" if turn == "no" else turn
    return f"{volume} volume, {form}, {turn} orientation"


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def verdicts(scene: Scene, closest: Sequence[tuple[int, int, float]]) -> Iterator[Verdict]:
    """What speaks for the fit and what against it."""
    fit: Mapping[str, Any] = scene.model.plain.get("fit") or {}
    yield from _of_the_search(fit)
    yield from _of_the_clusters(scene, fit, closest)
    if scene.look is not None:
        yield from _of_the_rows(scene, fit)


def _of_the_search(fit: Mapping[str, Any]) -> Iterator[Verdict]:
    if "converged" not in fit:
        yield Verdict("open", "The model file does not say how the fit came about.")
        return
    if fit["converged"]:
        yield Verdict("good", "The climb converged: more iterations would change nothing worth mentioning.")
    else:
        what = f"The climb did not converge ({plain(str(fit.get('stop_reason', 'unknown')))}): raise --max-iter."
        yield Verdict("look", what)
    starts = fit.get("starts") or {}
    tried, agree = starts.get("tried", 0), starts.get("agree", 0)
    if tried > 1 and agree > 1:
        yield Verdict("good", f"{agree} of {tried} starts met this optimum, so a better one is not likely.")
    elif tried > 1:
        yield Verdict(
            "look", f"Only one of {tried} starts met this optimum: a better one may exist. More --starts would tell."
        )
    other = fit.get("next_best")
    if other:
        above = "above" if other["below"] < 0 else "below"
        yield Verdict(
            "look" if abs(other["below"]) < 2.0 else "good",
            f"The next optimum is {number(abs(other['below']), 3)} nats {above} and groups "
            f"{percent(other['rows_moved'])} of the rows differently.",
        )


def _of_the_clusters(
    scene: Scene, fit: Mapping[str, Any], closest: Sequence[tuple[int, int, float]]
) -> Iterator[Verdict]:
    if closest:
        a, b, share = closest[0]
        if share >= CLOSE:
            what = f"Clusters {a} and {b} overlap most ({share:.2f} of 1): rows between them belong to both."
            yield Verdict("look", what)
        else:
            how = "are apart" if share < APART else "touch"
            what = f"The clusters {how}: the closest two, {a} and {b}, overlap by {number(share, 2)} of 1."
            yield Verdict("good", what)
    if "n_rows" in fit:
        rows = scene.mixture.weights * int(fit["n_rows"])
        small = [i + 1 for i, n in enumerate(rows) if n < FEW_ROWS * len(scene.names)]
        if small:
            names = listed([str(i) for i in small[:6]])
            what = f"Cluster{'s' if len(small) > 1 else ''} {names} rest on few rows for {len(scene.names)} columns"
            yield Verdict("look", f"{what}: the shape of such a cluster is uncertain.")


def _of_the_rows(scene: Scene, fit: Mapping[str, Any]) -> Iterator[Verdict]:
    look = scene.look
    assert look is not None
    summary = look.summary
    if look.sha256 == fit.get("input_sha256"):
        yield Verdict("good", "The rows shown are those of the file that the model was fitted to, byte for byte.")
        return
    if "log_likelihood" not in fit or not fit.get("n_rows"):
        return
    here, there = summary.log_likelihood / summary.n_rows, fit["log_likelihood"] / fit["n_rows"]
    what = (
        "The rows shown are of another file than the one fitted: log-likelihood per row "
        f"{number(here, 5)}, when fitted {number(there, 5)}."
    )
    yield Verdict("open", what)
    expected = summary.expected[: scene.mixture.n_components] / summary.n_rows
    worst = int(np.abs(expected - scene.mixture.weights).argmax())
    error = float(np.sqrt(scene.mixture.weights[worst] * (1.0 - scene.mixture.weights[worst]) / summary.n_rows))
    if abs(expected[worst] - scene.mixture.weights[worst]) > DRIFTED * error:
        yield Verdict(
            "look",
            f"Cluster {worst + 1} holds {percent(float(expected[worst]))} of these rows, "
            f"{percent(float(scene.mixture.weights[worst]))} of those fitted.",
        )


def typical(traits: Sequence[Trait], n_components: int) -> str:
    """What sets a cluster apart, in one sentence."""
    if n_components == 1:
        return "All rows together: there is no other cluster to compare with."
    notable = [trait for trait in traits if abs(trait.difference) >= NOTABLE][:MOST_WORDS]
    if not notable:
        return f"No column alone sets it apart; the most is {_word(traits[0])}."
    return f"Set apart by {listed([_word(trait) for trait in notable])}."


def _word(trait: Trait) -> str:
    return f"{'high' if trait.difference > 0 else 'low'} {plain(trait.name)} ({near(trait.mean, trait.sd)})"


def pair_text(scene: Scene, columns: tuple[int, int]) -> str:
    """A pair of columns for those who do not see it."""
    x, y = columns
    means = scene.mixture.means
    where = "; ".join(
        f"cluster {k + 1} around {number(float(means[k, x]), 3)}, {number(float(means[k, y]), 3)}"
        for k in range(min(scene.mixture.n_components, 8))
    )
    return f"{plain(scene.names[x])} across, {plain(scene.names[y])} up: {where}."


def density_text(scene: Scene, column: int) -> str:
    """A density for those who do not see it."""
    means, sds = scene.mixture.means[:, column], scene.mixture.deviations[:, column]
    parts = [
        f"cluster {k + 1} {near(float(means[k]), float(sds[k]), 2)} ± {near(float(sds[k]), float(sds[k]), 2)}"
        for k in range(min(scene.mixture.n_components, 8))
    ]
    return f"Histogram of {plain(scene.names[column])} with the density of every cluster: {'; '.join(parts)}."


def points_said(scene: Scene, n_points: int) -> str:
    """The caption about what is drawn of the rows, and what of it is exact."""
    look = scene.look
    if look is None:
        return "No rows were given: the ellipses hold half and 95 % of each cluster."
    n = look.summary.n_rows
    drawn = min(n_points, len(look.sample))
    which = f"All {n:,} rows are drawn" if drawn == n else f"{drawn:,} of {n:,} rows, chosen at random, are drawn"
    gaps = "; a tick at the edge is a row that has only one of the two cells" if look.summary.n_missing_cells else ""
    return (
        f"{which}, blended in colour where it is unsure to which cluster they belong{gaps}. The ellipses hold half and "
        "95 % of each cluster; they, all counts and all densities are exact."
    )

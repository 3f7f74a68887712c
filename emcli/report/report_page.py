"""What a report says, as plain values: the page's template lays them out and computes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from emcli.tasks.model_rows.looking import NotedRow


@dataclass(frozen=True)
class Figure:
    """A drawing, which carries its own text for those who do not see it."""

    svg: str


@dataclass(frozen=True)
class Gallery:
    """Figures that are shown, and those that are folded away under a line that says what they are."""

    shown: tuple[Figure, ...]
    folded: tuple[Figure, ...] = ()
    folded_title: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Verdict:
    """One thing to know about how far to trust the fit: `good`, `look` (worth a look) or `open` (cannot be told)."""

    kind: str
    sentence: str


@dataclass(frozen=True)
class Trait:
    """A cluster in one column, column units; difference from the other clusters in standard deviations.

    low, high      between them 19 of 20 of the cluster, as the model has it
    least, most    the range of the rows that belong to it; None without rows
    place, reach   mean and standard deviation, standardised by all rows
    """

    name: str
    difference: float
    mean: float
    sd: float
    low: float
    high: float
    least: float | None
    most: float | None
    place: float
    reach: float


@dataclass(frozen=True)
class Card:
    """A cluster: number from 1; n_rows and n_sure (certain to 0.9) among the rows, None without them."""

    number: int
    weight: float
    n_rows: int | None
    n_sure: int | None
    sentence: str
    traits: tuple[Trait, ...]
    more: tuple[Trait, ...]
    n_left_out: int


@dataclass(frozen=True)
class Share:
    """A line of a table with a bar: so many of the rows."""

    label: str
    n: int
    share: float


@dataclass(frozen=True)
class Patterns:
    """Which cells are missing together: per column and per pattern, with a chart."""

    chart: str
    columns: tuple[Share, ...]
    patterns: tuple[Share, ...]
    sentence: str


@dataclass(frozen=True)
class Neighbour:
    """A line of the scores: a candidate beside the model."""

    k: int
    covariance: str
    bic: float | None
    heldout: float | None
    heldout_se: float | None
    gap: float | None
    chosen: bool
    this: bool


@dataclass(frozen=True)
class RowTable:
    """Rows worth reading with their ids and the cells of the most telling columns."""

    title: str
    lead: str
    id_names: tuple[str, ...]
    cell_names: tuple[str, ...]
    rows: tuple[NotedRow, ...]
    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Page:
    """The whole report; sections that are empty are left out."""

    title: str
    lead: str
    spread: str
    verdicts: tuple[Verdict, ...]
    cards: tuple[Card, ...]
    pairs: Gallery
    densities: Gallery
    profile: Gallery
    certainty: Gallery
    levels: tuple[Share, ...]
    overlap: tuple[tuple[float, ...], ...]
    closest: tuple[tuple[int, int, float], ...]
    row_tables: tuple[RowTable, ...]
    patterns: Patterns | None
    scores: Gallery
    neighbours: tuple[Neighbour, ...]
    climb: Gallery
    notes: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]

"""Writes people.csv, an invented table of 240 people: `python make_people.py > people.csv`.

Nobody in it exists.  Two groups of heights and weights are drawn from normal distributions, some cells are
left empty at random, and the ids begin with zeros so that a program that reads them as numbers is found out.
Only the standard library's generator is used, whose stream for a seed is the same in every Python version.
"""

from __future__ import annotations

import csv
import random
import sys
from typing import NamedTuple


class Group(NamedTuple):
    """Heights (cm) are normal; weight (kg) = weight + slope * (height - mean height) + normal noise."""

    height: float
    spread: float
    weight: float
    slope: float
    noise: float


GROUPS = {"north": Group(178.0, 6.5, 79.0, 0.85, 6.0), "south": Group(164.0, 6.0, 61.0, 0.70, 5.0)}
MISSING = {"height": 0.04, "weight": 0.10}


def person(number: int, rng: random.Random) -> list[str]:
    """One row: id, height, weight, group; a measurement is empty with its column's chance in MISSING."""
    name = "north" if rng.random() < 0.45 else "south"
    group = GROUPS[name]
    height = rng.gauss(group.height, group.spread)
    weight = rng.gauss(group.weight + group.slope * (height - group.height), group.noise)
    cells = {"height": f"{height:.1f}", "weight": f"{weight:.1f}"}
    kept = ["" if rng.random() < MISSING[column] else cell for column, cell in cells.items()]
    return [f"{number:05d}", *kept, name]


def main() -> None:
    rng = random.Random(20260101)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["id", "height", "weight", "group"])
    table.writerows(person(number, rng) for number in range(1, 241))


if __name__ == "__main__":
    main()

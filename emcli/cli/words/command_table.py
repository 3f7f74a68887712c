"""The table of commands: what each is for, what it can be told, and an example that works.

A command's own module, `emcli.cli.commands.NAME`, is imported when the command runs.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from typing import Any

from emcli.cli.words.binding import leaves
from emcli.tasks import settings as s
from emcli.tasks.settings.impute import ImputeSettings, MissingSettings
from emcli.tasks.settings.pictures import PlotSettings, ReportSettings


@dataclass(frozen=True)
class Command:
    """One line of `emcli --help` and the head of the command's own page."""

    settings: type
    usage: str
    summary: str
    text: str
    examples: tuple[str, ...] = ()

    @property
    def defaults(self) -> dict[str, Any]:
        """Default values by field, for the help."""
        return {leaf.name: leaf.default for leaf in leaves(self.settings) if leaf.default is not MISSING}


COMMANDS = {
    "fit": Command(
        s.FitSettings,
        "emcli fit [INPUT] -k N [OPTIONS]",
        "learn a mixture from the rows of a table",
        "Learns a mixture of N components from the rows of a table and writes the model, as YAML or (by the "
        "extension .json) as JSON. Cells may be missing: a row counts with the cells it has.",
        (
            "emcli fit flowers.csv -k 3 -o flowers.yaml -r labelled.csv",
            "emcli fit people.csv -k 2 -c height,weight --covariance diag -o people.json",
            "gzip -dc big.csv.gz | emcli fit -k 8 -x id > model.yaml",
        ),
    ),
    "assign": Command(
        s.AssignSettings,
        "emcli assign MODEL [INPUT] [OPTIONS]",
        "say for every row how probable each component is",
        "Writes the rows of INPUT as they are, with the columns cluster (the most probable component, from "
        "1; 0 is the background of --noise) and p_1 ... p_k. The model's columns are found by name, in any order. With "
        "-o out/, a table is written for each file of INPUT.",
        (
            "emcli assign flowers.yaml new_flowers.csv --more > labelled.csv",
            "emcli assign flowers.yaml new_flowers.csv --only --label-only | sort | uniq -c",
        ),
    ),
    "sample": Command(
        s.SampleSettings,
        "emcli sample MODEL -n N [OPTIONS]",
        "draw new rows from a model",
        "Draws rows from a model. With --given the other columns are drawn from their distribution under "
        "that condition.",
        ("emcli sample flowers.yaml -n 1000 --label --given Petal.Width=1.5 > drawn.csv",),
    ),
    "select-k": Command(
        s.SelectKSettings,
        "emcli select-k [INPUT] [OPTIONS]",
        "how many components, and of what shape",
        "Fits every number of components under every covariance model and compares them: likelihood of the rows, "
        "likelihood of rows held out, BIC, AIC, ICL, and beside them the k-means loss, which cannot choose. One "
        "row of the table is marked chosen.",
        (
            "emcli select-k flowers.csv -k 1-10 --covariance all -o scores.csv --best best.yaml",
            "emcli select-k flowers.csv --criterion heldout --rule 1se --plot curves.png > scores.csv",
        ),
    ),
    "impute": Command(
        ImputeSettings,
        "emcli impute [INPUT] [-k N | --model MODEL] [OPTIONS]",
        "fill missing cells, and say how sure that is",
        "Writes the rows of INPUT with their missing cells filled: by their expected values under a mixture fitted "
        "to the table, or with --draws by draws whose spread shows how uncertain they are. All other cells keep "
        "their text. With -o out/, a table is written for each file of INPUT. With --check nothing is filled: known "
        "cells are hidden and found again, to see how well.",
        (
            "emcli impute survey.csv > filled.csv",
            "emcli impute survey.csv -k 3 --bounds income=0: --mark --se errors.csv -o filled.csv",
            "emcli impute survey.csv --draws 20 --pool pooled.csv --regress 'income ~ age + hours' -o draws.csv",
            "emcli impute survey.csv -k 3 --check 10%",
        ),
    ),
    "score": Command(
        s.ScoreSettings,
        "emcli score MODEL [INPUT] [OPTIONS]",
        "log-likelihood of rows under a model",
        "Says how well a model describes the rows of INPUT: the log-likelihood (natural logarithm) in total "
        "and per row. With --drift it compares the rows with those of the fit. With --per-row -o out/, a table is "
        "written for each file of INPUT.",
        (
            "emcli score flowers.yaml new_flowers.csv --json",
            "emcli score flowers.yaml new.csv --per-row > scores.csv",
            "emcli score flowers.yaml new.csv --drift",
        ),
    ),
    "show": Command(
        s.ShowSettings,
        "emcli show MODEL [OPTIONS]",
        "a model in words and tables",
        "Tells a model: the components with their weights, means and spread, what sets each apart, and how "
        "far they overlap.",
        ("emcli show flowers.yaml",),
    ),
    "explain": Command(
        s.ExplainSettings,
        "emcli explain MODEL [OPTIONS]",
        "what a model says, what carries it, and what it cannot tell",
        "Says in sentences what each component is, which are close, which columns tell them apart (each column's share "
        "of the information about the component), and what the fit cannot tell.",
        ("emcli explain flowers.yaml", "emcli explain flowers.yaml --json | jq .information.columns"),
    ),
    "compare": Command(
        s.CompareSettings,
        "emcli compare MODEL_A MODEL_B [INPUT] [OPTIONS]",
        "two models side by side: which component is which, and what differs",
        "Pairs the components of two models of the same columns, lists how the partners differ in weight, mean, size "
        "and shape, and says how far the models agree about the rows of INPUT, or about rows drawn from MODEL_A.",
        (
            "emcli compare may.yaml june.yaml",
            "emcli compare full.yaml tied.yaml flowers.csv --json",
        ),
    ),
    "report": Command(
        ReportSettings,
        "emcli report MODEL [INPUT] -o report.html [OPTIONS]",
        "one page that shows a model and the rows under it",
        "Writes one self-contained HTML page: the fit in words, a card for every cluster, pictures, how sure the model "
        "is of the rows, the rows worth reading, and what it takes to do it again.",
        (
            "emcli report flowers.yaml flowers.csv -o flowers.html",
            "emcli report flowers.yaml flowers.csv --id name --scores scores.csv --trace trace.csv -o flowers.html",
        ),
    ),
    "plot": Command(
        PlotSettings,
        "emcli plot MODEL [INPUT] -o picture.png [OPTIONS]",
        "one picture of a model and the rows under it",
        "Draws a picture: PNG, SVG or PDF by the name of the file. With --kind trace and --animate or --frames it "
        "moves: EM from its start to its end. Needs matplotlib (pip install 'emcli[plot]').",
        (
            "emcli plot flowers.yaml flowers.csv -o pairs.svg",
            "emcli plot flowers.yaml flowers.csv --kind density -c 'Petal.*' -o petals.png",
            "emcli plot flowers.yaml flowers.csv --kind trace --trace-models steps.jsonl --animate em.gif",
        ),
    ),
    "columns": Command(
        s.ColumnsSettings,
        "emcli columns [INPUT] [OPTIONS]",
        "what would be read from a table, and what would be used",
        "Lists the columns of a table: name, kind, missing cells, range, and whether fit would use them and why.",
        ("emcli columns people.csv", "emcli columns people.csv -x id"),
    ),
    "missing": Command(
        MissingSettings,
        "emcli missing [INPUT] [OPTIONS]",
        "which cells are missing together, and whether at random",
        "Lists which columns are missing together in how many rows, tests whether cells are missing completely at "
        "random (Little's test), and names columns that no row shows together.",
        ("emcli missing survey.csv", "emcli missing survey.csv --json | jq .little"),
    ),
    "completion": Command(
        s.CompletionSettings,
        "emcli completion bash|zsh|fish [OPTIONS]",
        "print a completion script for a shell",
        "Prints a script that lets the shell complete commands and options.",
        ('eval "$(emcli completion bash)"', "emcli completion fish > ~/.config/fish/completions/emcli.fish"),
    ),
}

"""The table of options: for every field of the settings, its flags, its wording and its place in the help.

A field's first long flag (or its only flag) is its public name: `--max-iter` is `max-iter` in a settings file
and EMCLI_MAX_ITER in the environment.  A true-or-false field whose default is true, or to be found
out, is named by the flag that turns it off (`--no-header`).  Fields without an entry in OPTIONS are positional: they
stand in ARGUMENTS.
"""

from __future__ import annotations

from dataclasses import dataclass

MODEL = "Model"
COLUMNS = "Columns and rows"
PICTURE = "Picture"
FILE = "How the file is read"
SEARCH = "Search"
OUTPUT = "Output"
SCREEN = "Screen and settings"

PANELS = (MODEL, PICTURE, COLUMNS, FILE, SEARCH, OUTPUT, SCREEN)


@dataclass(frozen=True)
class Option:
    """How one settings field is spelled on the command line; `repeats` takes the flag several times,
    `splits` is the separator of a list in one text, `hint` is shown when the value cannot be read, `absent` is the
    word for a value that is to be found out."""

    flags: tuple[str, ...]
    panel: str
    help: str
    metavar: str | None = None
    repeats: bool = False
    splits: str | None = None
    hint: str | None = None
    absent: str | None = None

    @property
    def long(self) -> str:
        """The flag that names the option in messages."""
        return next((flag for flag in self.flags if flag.startswith("--")), self.flags[0])

    @property
    def name(self) -> str:
        """The key in a settings file."""
        return self.long.lstrip("-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "EMCLI_" + self.name.upper().replace("-", "_")


@dataclass(frozen=True)
class Argument:
    """A positional word."""

    metavar: str
    help: str


ARGUMENTS = {
    "model": Argument("MODEL", "model file written by emcli fit; - is standard input"),
    "model_a": Argument("MODEL_A", "model file written by emcli fit; - is standard input"),
    "model_b": Argument("MODEL_B", "model file to compare it with"),
    "rows": Argument("INPUT", "table on which the two are compared; without one, rows are drawn from MODEL_A"),
    "input": Argument(
        "INPUT",
        "table to read: CSV (also .gz .bz2 .xz .zst) or Parquet; a folder or a pattern in quotes, as 'part-*.csv', for "
        "several files; a URL (http://, s3://); - or nothing is standard input",
    ),
    "data": Argument("INPUT", "table to look at under the model; - is standard input; without it: the model alone"),
    "shell": Argument("SHELL", "bash, zsh or fish"),
}

OPTIONS = {
    # Model
    "n_components": Option(
        ("-k",),
        MODEL,
        "number of components (clusters); auto: the one that BIC chooses from 1 to 10",
        "N",
        hint="give a whole number, as in -k 3",
        absent="auto",
    ),
    "covariance": Option(
        ("--covariance",),
        MODEL,
        "shape of the components: full, tied, diag, spherical, identity; mclust's letters EII VII EEI VEI EVI VVI EEE "
        "VEE EVE VVE EEV VEV EVV VVV; factor:Q for wide tables",
        "NAME",
    ),
    "family": Option(
        ("--family",), MODEL, "kind of the components: normal, or t with heavy tails that are estimated", "gaussian|t"
    ),
    "noise": Option(("--noise",), MODEL, "a uniform background beside the components, for outliers: cluster 0"),
    "ks": Option(("-k",), MODEL, "numbers of components to compare: 1-10 or 1,2,4", "LIST", splits=","),
    "covariances": Option(
        ("--covariance",), MODEL, "shapes to compare: a,b,c or all", "LIST", splits=",", hint="as in full,tied"
    ),
    "criterion": Option(("--criterion",), MODEL, "what decides", "bic|heldout|aic|icl"),
    "rule": Option(
        ("--rule",), MODEL, "take the best, or the simplest within one standard error (heldout)", "best|1se"
    ),
    "folds": Option(("--folds",), MODEL, "parts that are held out in turn; 0: none", "N"),
    "test": Option(("--test",), MODEL, "hold out this table instead of folds", "FILE"),
    "group": Option(("--group",), COLUMNS, "rows with the same value here are held out together", "COL"),
    "bootstrap": Option(("--bootstrap",), MODEL, "repeat the choice on B resampled tables", "B"),
    "lrt": Option(("--lrt",), MODEL, "test k against k + 1 by simulation (bootstrap likelihood ratio)"),
    "time_budget": Option(("--time-budget",), SEARCH, "best answer within this time: 60s, 5m, 1h", "TIME"),
    "best": Option(("--best",), OUTPUT, "write the chosen model, the very fit that was scored", "FILE"),
    "plot": Option(("--plot",), OUTPUT, "draw the curves: .png, .svg or .pdf (needs matplotlib)", "FILE"),
    "hard": Option(("--hard",), MODEL, "each row belongs to one component only (with identity: k-means)"),
    "scale": Option(("--scale",), MODEL, "std: fit in standardised columns; results stay in data units", "none|std"),
    "prior": Option(
        ("--prior",), MODEL, "believe weakly that components are as wide as the data allow: none shrinks to nothing"
    ),
    # Columns and rows
    "columns": Option(
        ("-c", "--columns"),
        COLUMNS,
        "columns to use: names, numbers, a-d, 2-5, 3-, x*, /regex/, _ the last [default: all numeric ones]",
        "SPEC",
    ),
    "exclude": Option(("-x", "--exclude"), COLUMNS, "columns not to use", "SPEC"),
    "id": Option(("--id",), COLUMNS, "columns that name the row: never modelled, always kept", "SPEC"),
    "weights": Option(("--weights",), COLUMNS, "column that says how often each row counts", "COL"),
    "labels": Option(
        ("--labels",), COLUMNS, "column that tells the cluster of some rows; empty where it is not known", "COL"
    ),
    "missing": Option(
        ("--missing",), COLUMNS, "rows with missing cells: use what is there, drop, or stop", "use|drop|error"
    ),
    # How the file is read
    "delimiter": Option(
        ("-d", "--delimiter"),
        FILE,
        r"what stands between cells: one character or more, \t for tab, whitespace [default: found out]",
        "CHAR",
    ),
    "header": Option(
        ("-H", "--no-header"),
        FILE,
        "the first line is data; columns are c1, c2, ...; --header: it holds their names, whatever it looks like",
    ),
    "quote": Option(("--quote",), FILE, "character around cells; none: quotes mean nothing", "CHAR", absent="none"),
    "escape": Option(
        ("--escape",),
        FILE,
        r"character that takes the meaning from the next, as \ in dumps of MySQL",
        "CHAR",
        absent="none",
    ),
    "skip_lines": Option(("--skip-lines",), FILE, "lines above the table that are left out", "N"),
    "comment": Option(("--comment",), FILE, "lines that begin with this are no rows, as '#'", "CHAR"),
    "null": Option(
        ("--null",),
        FILE,
        "more cells that mean missing, any case, besides empty,NA,N/A,#N/A,NaN,null,None,?; COL:LIST for one column; "
        "may be repeated",
        "LIST",
        repeats=True,
    ),
    "null_only": Option(
        ("--null-only",), FILE, "cells that mean missing, these and no others; may be repeated", "LIST", repeats=True
    ),
    "ragged": Option(("--ragged",), FILE, "rows with too few or too many cells", "error|skip|pad"),
    "encoding": Option(("--encoding",), FILE, "text encoding [default: UTF-8, or UTF-16 by its mark]", "NAME"),
    "decimal": Option(("--decimal",), FILE, "decimal mark: . or , [default: found out]", "CHAR"),
    # Search
    "starts": Option(("--starts",), SEARCH, "starts carried to the end; 0: until the best is met often enough", "N"),
    "init": Option(
        ("--init",),
        SEARCH,
        "where to start: auto, kmeans++, random, a model file, a column of labels, or a table with p_1, p_2, ...",
        "HOW",
    ),
    "max_iterations": Option(("--max-iter",), SEARCH, "most iterations per start", "N"),
    "tolerance": Option(("--tol",), SEARCH, "stop when the log-likelihood still to be gained is below", "X"),
    "stop": Option(("--stop",), SEARCH, "what has to stand still: log-likelihood or parameters", "loglik|params"),
    "accelerate": Option(
        ("--accelerate",), SEARCH, "take longer steps where that is safe", "auto|none|squarem|anderson"
    ),
    "memory": Option(
        ("--memory",), SEARCH, "most memory to take: 300MB, 2GB; larger tables are kept on disk [default: half]", "SIZE"
    ),
    "cache": Option(
        ("--cache",), SEARCH, "keep the table's numbers in this folder, so that the next run need not read it", "DIR"
    ),
    "checkpoint": Option(
        ("--checkpoint",), SEARCH, "write every half minute, and when interrupted, what --resume goes on from", "FILE"
    ),
    "resume": Option(("--resume",), SEARCH, "go on from this checkpoint, to the same bits", "FILE"),
    "engine": Option(("--engine",), SEARCH, "who does the work: this process, or a Dask cluster", "local|dask"),
    "scheduler": Option(("--scheduler",), SEARCH, "address of the cluster's scheduler, as tcp://host:8786", "URL"),
    "scheduler_file": Option(("--scheduler-file",), SEARCH, "file in which the scheduler wrote its address", "FILE"),
    "workers": Option(("--workers",), SEARCH, "processes of a cluster on this machine [default: one per core]", "N"),
    "seed": Option(("--seed",), SEARCH, "seed of all randomness; same seed, same result", "N"),
    "threads": Option(("--threads",), SEARCH, "threads; the result does not depend on it [default: all cores]", "N"),
    # Output
    "output": Option(
        ("-o", "--output"), OUTPUT, "write to FILE, tables also as .parquet; - is standard output", "FILE"
    ),
    "clobber": Option(("--no-clobber",), OUTPUT, "never replace a file that exists"),
    "json": Option(("--json",), OUTPUT, "the answer as one JSON object on standard output"),
    "csv": Option(("--csv",), OUTPUT, "the answer as a CSV table"),
    "digits": Option(("--digits",), OUTPUT, "significant digits of numbers [default: all that are needed]", "N"),
    "responsibilities": Option(
        ("-r", "--responsibilities"), OUTPUT, "also write the rows with labels and probabilities", "FILE"
    ),
    "trace": Option(("--trace",), OUTPUT, "write the steps from the winning start as CSV", "FILE"),
    "trace_models": Option(
        ("--trace-models",), OUTPUT, "write the model of every step, one JSON object a line, for plot --animate", "FILE"
    ),
    "dry_run": Option(("--dry-run",), OUTPUT, "read and check everything, say what would be done, stop"),
    "strict": Option(("--strict",), OUTPUT, "exit with 3 if the fit has not converged"),
    "n_rows": Option(("-n", "--rows"), MODEL, "number of rows to draw", "N"),
    "label": Option(("--label",), OUTPUT, "add the column cluster: which component each row came from"),
    "given": Option(("--given",), MODEL, "hold a column at a value; may be repeated", "COL=VALUE", repeats=True),
    "more": Option(("--more",), OUTPUT, "add uncertainty, entropy and log_density"),
    "only": Option(("--only",), OUTPUT, "leave the input's columns out, except those of --id"),
    "label_only": Option(("--label-only",), OUTPUT, "leave the probabilities out"),
    "prefix": Option(("--prefix",), OUTPUT, "put TEXT before the names of the new columns", "TEXT"),
    "drift": Option(("--drift",), OUTPUT, "compare the rows with those that the model was fitted to"),
    "per_row": Option(("--per-row",), OUTPUT, "one line per row with its log density"),
    # impute
    "from_model": Option(("--model",), MODEL, "fill by a model file instead of a fit to the table itself", "MODEL"),
    "bounds": Option(
        ("--bounds",),
        MODEL,
        "filled cells of a column lie between these ends; may be repeated",
        "COL=LOW:HIGH",
        repeats=True,
    ),
    "log": Option(("--log",), MODEL, "columns of positive numbers to model by their logarithm", "SPEC"),
    "round": Option(
        ("--round",), MODEL, "columns to fill with whole numbers; integers: those that hold nothing else", "SPEC"
    ),
    "draws": Option(("--draws",), MODEL, "multiple imputation: M tables, each drawn under a fit of its own", "M"),
    "standard_errors": Option(("--se",), OUTPUT, "write the standard error of every cell; 0: it was there", "FILE"),
    "mark": Option(("--mark",), OUTPUT, "add a column NAME_was_missing (1 or 0) for every modelled column"),
    "draw_files": Option(("--draw-files",), OUTPUT, "one file per draw; {} is its number, as in filled_{}.csv", "FILE"),
    "pool": Option(("--pool",), OUTPUT, "write means, and --regress, of all draws pooled by Rubin's rules", "FILE"),
    "regress": Option(
        ("--regress",), OUTPUT, "a regression to pool, as 'y ~ x1 + x2'; may be repeated", "FORMULA", repeats=True
    ),
    "check": Option(("--check",), OUTPUT, "hide this share of the known cells, fill them, say how well", "SHARE"),
    # plot and report
    "kind": Option(
        ("--kind",), PICTURE, "what is drawn", "pairs|density|profile|uncertainty|trace|scores|kmeans-vs-em"
    ),
    "shown": Option(
        ("-c", "--columns"), PICTURE, "columns of the model to draw [default: the most telling first]", "SPEC"
    ),
    "points": Option(("--points",), PICTURE, "most rows drawn as points; counts are of all rows", "N"),
    "size": Option(("--size",), PICTURE, "width x height in inches [default: by what is drawn]", "WxH"),
    "dpi": Option(("--dpi",), PICTURE, "dots per inch of a PNG", "N"),
    "trace_table": Option(("--trace",), PICTURE, "steps of the climb, as fit --trace writes them", "FILE"),
    "step_models": Option(
        ("--trace-models",), PICTURE, "models of the climb, as fit --trace-models writes them", "FILE"
    ),
    "scores": Option(("--scores",), PICTURE, "scores over k, as select-k writes them", "FILE"),
    "frames": Option(("--frames",), OUTPUT, "write the climb as one PNG per step into this folder", "DIR"),
    "animate": Option(("--animate",), OUTPUT, "write the climb as a moving picture (GIF)", "FILE"),
    # Screen
    "config": Option(("--config",), SCREEN, "take options from a YAML file of option: value", "FILE"),
    "quiet": Option(("-q", "--quiet"), SCREEN, "no notes and no lines about success; warnings stay"),
    "verbose": Option(("-v", "--verbose"), SCREEN, "say more"),
    "progress": Option(("--progress",), SCREEN, "live display while working", "auto|always|never"),
    "color": Option(("--color",), SCREEN, "colours; NO_COLOR and FORCE_COLOR are heeded", "auto|always|never"),
    "debug": Option(("--debug",), SCREEN, "show the traceback of an error"),
}

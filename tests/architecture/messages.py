"""The messages of the program, as they stand in its source, and as `docs/messages.md` lists them.

A template is a message in which {} stands for what is computed.  What is taken for a message:

1. what an exception class of `emcli.errors` is called with, or a function that hands its argument on to one;
2. in `core`, `io` and `tasks`, where nothing is shown, every other text of four words or more: notes, warnings,
   reasons.  Hints are no messages, neither are the complaints of built-in exceptions, which speak to programmers, nor
   what the modules in PROSE write: that is their product.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emcli import errors

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "emcli"
PAGE = ROOT / "docs" / "messages.md"

ERRORS = {name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)}
BECOME_ERRORS = {"Unreadable", "Malformed", "Failure"}  # exceptions and answers that are told as errors
BUILT_IN = {"ValueError", "TypeError", "AttributeError", "NotImplementedError"}
NO_MESSAGES = {"hint", "detail", "where", "help"}  # arguments
PROSE = {  # what is written there is a product, and no message
    "io/models/model_file.py",
    "tasks/fitting/cautions.py",
    "tasks/explain.py",
    "report/report_figures.py",
    "report/report_page.py",
    "report/report_tables.py",
    "report/report_words.py",
}
NO_MESSAGE = {  # hints that stand in a table, and names of things
    "(all, in standard deviations)",
    "--cache needs 8 bytes for each number of the table: give a folder with more room",
    "set TMPDIR to a folder with more room, keep the table elsewhere with --cache DIR, or raise --memory",
    "RowsRead | TableRead | Progress | Writing | ClusterEvent",
    "--scores scores.csv, as select-k -o writes it",
    "--trace trace.csv, as fit --trace writes it",
    "SHA-256 of the table",
    "a run needs about {} MiB, and to fit {} bytes more for each modelled cell",
    "did you mean '{}'?",
    "did you mean {}?",
    "emcli plot MODEL INPUT --kind kmeans-vs-em",
    "emcli plot MODEL INPUT --kind uncertainty",
    "emcli select-k rows.csv -k 1-10 -o scores.csv writes such a table",
    "emcli, the fit",
    "emcli, this page",
    "family and covariance",
    "fit --trace writes such tables",
    "for example --draws 20",
    "give either -k N or --model MODEL",
    "leave --draws or --se out",
    "leave --engine out, and let -o name a file",
    "leave --engine out, and let -o name a file; a sample of the rows will do",
    "leave --missing out",
    "leave --model out and say -k N",
    "leave --se out; --mark tells in each part what was filled",
    "leave out --model, --se, --mark, --draw-files and --pool",
    "name a file for one of them: emcli impute rows.csv --model MODEL",
    "how sure the model is of the rows",
    "k-means puts {} % of the rows elsewhere",
    "the first model",
    "the models of the trace",
    "the moving picture",
    "the pooled answers",
    "the second model",
    "the standard errors",
    "where the clusters lie in every column",
    "{} of the climb",
    "the steps of the climb",
    "the table of select-k",
    "the test table",
}
GAP = "{}"


@dataclass(frozen=True)
class Message:
    """A template and the place in the source where it stands."""

    template: str
    place: str


def messages() -> list[Message]:
    """All messages in the source of the program, each once."""
    found: list[Message] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(PACKAGE).as_posix()
        shown = name.split("/")[0] in ("core", "io", "tasks", "report") and name not in PROSE
        shown = shown and not name.startswith("report/pictures/")
        for node, least in [*_of_errors(tree, name), *(_texts(tree) if shown else ())]:
            place = f"emcli/{name}:{node.lineno}"
            found += [Message(template, place) for template in templates(node) if n_words(template) >= least]
    return list({message.template: message for message in found if message.template not in NO_MESSAGE}.values())


def n_words(template: str) -> int:
    """Words of two letters or more between blanks; code has few of them."""
    return len(re.findall(r"(?<![^ ('\"])[A-Za-z-]*[a-z]{2,}(?![^ ,.;:)'\"?])", template))


def _of_errors(tree: ast.AST, name: str) -> Iterator[tuple[ast.expr, int]]:
    """The messages of errors; a word is enough."""
    kinds = ERRORS | BECOME_ERRORS | _handing_on(tree) | {"bad"}
    if name == "cli/words/values.py":  # its complaints about words become errors
        kinds |= {"ValueError"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _called(node) in kinds:
            yield _message_of(node), 1


def _message_of(call: ast.Call) -> ast.expr:
    """The first argument that is a text of more than a word: a key may stand before it."""
    return next((arg for arg in call.args if any(" " in text for text in templates(arg))), call.args[0])


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _handing_on(tree: ast.AST) -> set[str]:
    """Functions whose first argument becomes the message of an error."""
    found = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            first = next((arg.arg for arg in function.args.args if arg.arg != "self"), None)
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and node.args]
            if any(_called(call) in ERRORS and getattr(call.args[0], "id", "") == first for call in calls):
                found.add(function.name)
    return found


def _texts(tree: ast.AST) -> Iterator[tuple[ast.expr, int]]:
    """Texts of four words or more, except documentation, hints and parts of other texts."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        if isinstance(node, ast.FunctionDef) and "hint" in node.name:
            skipped |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.Call):
            others = [word.value for word in node.keywords if word.arg in NO_MESSAGES]
            others += node.args[1:] if _called(node) in ERRORS | BECOME_ERRORS | {"bad"} else []
            others += node.args if _called(node) in BUILT_IN else []
            skipped |= {id(inner) for other in others for inner in ast.walk(other)}
        if isinstance(node, ast.Assign) and any("hint" in getattr(one, "id", "").lower() for one in node.targets):
            skipped |= {id(inner) for inner in ast.walk(node.value)}
        if isinstance(node, ast.JoinedStr | ast.BinOp):
            skipped |= {id(inner) for inner in ast.walk(node)} - {id(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and id(node) not in skipped:
            yield node, 3


def templates(node: ast.expr) -> list[str]:
    """The texts that an expression can be, with {} for what is computed; none if it is no text."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        found = [""]
        for part in node.values:
            pieces = [GAP]
            if isinstance(part, ast.Constant):
                pieces = [str(part.value)]
            elif isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.IfExp):
                pieces = templates(part.value) or [GAP]
            found = [text + piece for text in found for piece in pieces]
        return found
    if isinstance(node, ast.IfExp):
        return templates(node.body) + templates(node.orelse)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = templates(node.left), templates(node.right)
        if left or right:
            return [a + b for a in left or [GAP] for b in right or [GAP]]
    return []

"""emcli select-k and fit -k auto as a user meets them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from processes import IRIS, ROOT, Done, Run

FAITHFUL = ROOT / "sample_data" / "faithful.csv"
HEADER = (
    "k,covariance,n_parameters,log_likelihood,train_per_row,heldout_per_row,heldout_se,"
    "bic,aic,icl,kmeans_loss,converged,chosen,reason"
)


def scores(done: Done) -> list[dict[str, str]]:
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.text)))


def test_the_table_has_a_line_per_candidate_and_one_is_chosen(emcli: Run) -> None:
    done = emcli("select-k", FAITHFUL, "-k", "1-3", "--covariance", "full,tied")
    assert done.text.splitlines()[0] == HEADER
    rows = scores(done)
    assert [(row["covariance"], row["k"]) for row in rows] == [(c, k) for c in ("full", "tied") for k in "123"]
    (chosen,) = [row for row in rows if row["chosen"] == "true"]
    assert (chosen["k"], chosen["covariance"]) == ("3", "tied")
    assert float(chosen["bic"]) == pytest.approx(2314.3, abs=0.02)
    assert "chosen: k = 3, covariance tied" in done.err


def test_the_best_model_is_the_fit_that_was_scored_and_same_bytes_with_any_number_of_workers(
    emcli: Run, tmp_path: Path
) -> None:
    words = ["select-k", FAITHFUL, "-k", "1-3", "-q", "--best", "best.yaml", "-r", "r.csv"]
    outcomes = []
    for threads in (1, 3):
        done = emcli(*words, "--threads", threads)
        outcomes.append([done.out, *((tmp_path / name).read_bytes() for name in ("best.yaml", "r.csv"))])
    assert outcomes[0] == outcomes[1]
    (chosen,) = [row for row in scores(done) if row["chosen"] == "true"]
    assert f"log_likelihood: {chosen['log_likelihood']} " in (tmp_path / "best.yaml").read_text()
    assert outcomes[0][2] == emcli("assign", "best.yaml", FAITHFUL).out


def test_fit_k_auto_is_what_select_k_chooses(emcli: Run, tmp_path: Path) -> None:
    emcli("fit", FAITHFUL, "-k", "auto", "--covariance", "tied", "--starts", 2, "-o", "auto.yaml")
    emcli("select-k", FAITHFUL, "--covariance", "tied", "--starts", 2, "--folds", 0, "--best", "best.yaml")
    assert (tmp_path / "auto.yaml").read_bytes() == (tmp_path / "best.yaml").read_bytes()


def test_what_fit_k_auto_cannot_do_is_said(emcli: Run) -> None:
    assert "--trace: a trace needs a number" in emcli("fit", IRIS, "-k", "auto", "--trace", "t.csv").err
    assert "--init: a given start has a number" in emcli("fit", IRIS, "-k", "auto", "--init", "Species").err


def test_a_failed_candidate_is_a_line_with_its_reason(emcli: Run, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("x,y\n" + "".join(f"{i % 5}.{i},{(i * i) % 7}\n" for i in range(12)))
    rows = scores(emcli("select-k", "few.csv", "-k", "1,2,13", "--folds", 3))
    assert [bool(row["reason"]) for row in rows][2] is True
    assert rows[2]["reason"] == "12 rows cannot determine 13 components" and rows[2]["bic"] == ""


def test_rows_held_out_in_a_table_of_their_own_are_scored_as_score_does(emcli: Run, tmp_path: Path) -> None:
    lines = FAITHFUL.read_text().splitlines(keepends=True)
    (tmp_path / "train.csv").write_text("".join(lines[:201]))
    (tmp_path / "test.csv").write_text("".join(lines[:1] + lines[201:]))
    rows = scores(emcli("select-k", "train.csv", "-k", "2", "--test", "test.csv", "--best", "m.yaml"))
    told = json.loads(emcli("score", "m.yaml", "test.csv", "--json").text)
    assert float(rows[0]["heldout_per_row"]) == pytest.approx(told["mean_log_likelihood"], rel=1e-12)


def test_groups_stay_together(emcli: Run) -> None:
    together = scores(emcli("select-k", IRIS, "-k", "1", "--group", "Species", "--folds", 3, "--criterion", "heldout"))
    apart = scores(emcli("select-k", IRIS, "-k", "1", "--folds", 3))
    assert float(together[0]["heldout_per_row"]) < float(apart[0]["heldout_per_row"]) - 1.0
    assert "3 groups cannot make 5 folds" in emcli("select-k", IRIS, "-k", "1", "--group", "Species").err


def test_the_simplest_within_one_standard_error(emcli: Run) -> None:
    words = ("select-k", FAITHFUL, "-k", "1-4", "--covariance", "tied", "--criterion", "heldout")
    rows = scores(emcli(*words, "--rule", "1se"))
    best = max(rows, key=lambda row: float(row["heldout_per_row"]))
    limit = float(best["heldout_per_row"]) - float(best["heldout_se"])
    simplest = next(row for row in rows if float(row["heldout_per_row"]) >= limit)
    assert simplest["chosen"] == "true"


def test_equal_values_give_a_sane_choice_and_a_note_that_names_them(emcli: Run) -> None:
    done = emcli("select-k", IRIS, "-c", "Petal.Width", "-k", "1-6", "--folds", 0)
    (chosen,) = [row for row in scores(done) if row["chosen"] == "true"]
    assert int(chosen["k"]) <= 4
    assert "29 rows have Petal.Width = 0.2: equal values let the likelihood grow without bound" in done.err


def test_a_time_budget_gives_the_best_answer_so_far_and_says_so(emcli: Run) -> None:
    done = emcli("select-k", IRIS, "-k", "1-60", "--time-budget", "1s", "--threads", 1)
    rows = scores(done)
    assert sum(row["chosen"] == "true" for row in rows) == 1
    assert rows[-1]["reason"] == "not reached within 1s"
    assert "this is the best answer so far" in done.err and "so far" in done.err.splitlines()[0]


def test_the_summary_and_the_bootstrap(emcli: Run, tmp_path: Path) -> None:
    words = ("select-k", FAITHFUL, "-k", "1-2", "--folds", 0, "--bootstrap", 5, "-o", "t.csv", "--json")
    told = json.loads(emcli(*words).text)
    assert told["chosen"]["k"] == 2 and sum(row["bootstrap_wins"] for row in told["scores"]) == 5
    assert (tmp_path / "t.csv").read_text().splitlines()[0].endswith(",reason,bootstrap_wins")


@pytest.mark.slow
def test_the_likelihood_ratio_test_is_told(emcli: Run) -> None:
    done = emcli("select-k", FAITHFUL, "-k", "1-2", "--folds", 0, "--covariance", "spherical", "--lrt")
    assert "spherical k = 1 against 2: 2 log ratio 588.85, p = 0.01 from 99 simulated tables" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-k", "3-1"], "-k: '3-1' is not a range"),
        (["-k", "two"], "-k: 'two' is not a number of components"),
        (["--covariance", "ful"], "did you mean 'full'?"),
        (["--rule", "1se"], "--rule: 1se needs a standard error"),
        (["--folds", "1"], "--folds: must be at least 2"),
        (["--folds", "0", "--criterion", "heldout"], "--criterion: heldout needs --folds or --test"),
        (["--time-budget", "soon"], "--time-budget: 'soon' is not a time"),
        (["--plot", "curves.doc"], "--plot: a picture cannot be 'curves.doc'"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_before_any_work(words: list[str], message: str, emcli: Run) -> None:
    done = emcli("select-k", "no such file.csv", *words)
    assert done.code == 2 and message in done.err

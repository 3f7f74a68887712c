from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emcli.io.read.text.splitting import Malformed, Marks, split, split_exactly, split_fast

COMMA_LF = Marks(ord(","), ord("\n"))
COMMA_CR = Marks(ord(","), ord("\r"))
TEXTS = st.lists(st.sampled_from([b",", b"\n", b'"', b"\r\n", b"\r", b"a", b"1", b" "]), max_size=30).map(b"".join)


@pytest.mark.parametrize("marks", [COMMA_LF, COMMA_CR])
@given(text=TEXTS)
def test_where_the_fast_splitter_answers_the_exact_one_says_the_same_about_these_records(
    marks: Marks, text: bytes
) -> None:
    fast = split_fast(text, marks)
    if fast is None:
        return
    try:
        exact = split_exactly(text, marks, final=False)
    except Malformed as problem:
        assert problem.position >= fast.consumed
        return
    assert np.array_equal(fast.ends, exact.ends[: fast.ends.size])
    assert np.array_equal(fast.last, exact.last[: fast.last.size])
    assert fast.last.size == 0 or fast.consumed == exact.ends[fast.last[-1]] + 1


@given(text=TEXTS, cut=st.integers(0, 30))
def test_a_text_read_in_two_pieces_splits_as_it_does_whole(text: bytes, cut: int) -> None:
    text += b"\n"
    try:
        whole = split(text, COMMA_LF, final=True)
    except Malformed:
        return
    first = split(text[:cut], COMMA_LF, final=False)
    second = split(text[first.consumed :], COMMA_LF, final=True)
    ends = np.concatenate([first.ends, second.ends + first.consumed])
    assert np.array_equal(ends, whole.ends)


def test_the_fast_splitter_takes_quoted_line_breaks_and_doubled_quotes() -> None:
    text = b'"a\nb",1\n"say ""hi""",2\n'
    found = split_fast(text, COMMA_LF)
    assert found is not None
    assert found.ends.tolist() == [5, 7, 20, 22]


def test_a_quote_inside_an_unquoted_cell_is_taken_literally() -> None:
    text = b'5" disk,1\n'
    assert split_fast(text, COMMA_LF) is None
    assert split(text, COMMA_LF, final=True).ends.tolist() == [7, 9]


@pytest.mark.parametrize("text", [b'"a"b,1\n', b'1,"a\n2,3\n', b'"a\n', b"a\rb,1\n"])
def test_text_that_is_not_csv_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        split(text, COMMA_LF, final=True)


def test_blanks_behind_a_closing_quote_belong_to_the_cell() -> None:
    assert split(b'"a" ,1\n', COMMA_LF, final=True).ends.tolist() == [4, 6]


def test_half_a_doubled_quote_does_not_close_a_cell_that_is_not_there_to_its_end() -> None:
    assert split(b'"11""\nb', COMMA_LF, final=False).consumed == 0

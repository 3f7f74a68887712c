"""docs/messages.md lists every message of the program with its cause and its cure, and no others."""

from __future__ import annotations

import re

from messages import GAP, PAGE, messages

TEXT = PAGE.read_text(encoding="utf-8")
LISTED = re.findall(r"^- `(.+)`$", TEXT, re.MULTILINE)
GROUPS = re.findall(r"(?<=`\n\n)([^-#][\s\S]+?)(?=\n\n|\n\Z)", TEXT)
ADVICE = """
For each of them, add a line

    - `the message, with {a name} for what is computed`

to the group of {page} whose cause and cure it shares, or a new group with a paragraph "*Cause:* ... *Cure:* ..." below
its lines.  A text that no user meets as an error, a warning or a note goes into NO_MESSAGE, and a module whose
sentences are a product into PROSE, both in tests/architecture/messages.py.
""".replace("{page}", "docs/messages.md")


def bare(template: str) -> str:
    return re.sub(r"\{[^{}]*\}", GAP, template)


def test_every_message_is_listed_with_its_cause_and_cure() -> None:
    listed = set(map(bare, LISTED))
    unlisted = [f"{one.place}: {one.template}" for one in messages() if bare(one.template) not in listed]
    assert not unlisted, "\n".join(["messages that docs/messages.md does not list:", *unlisted, ADVICE])


def test_every_message_that_is_listed_can_be_met() -> None:
    there = {bare(one.template) for one in messages()}
    gone = [line for line in LISTED if bare(line) not in there]
    assert not gone, "\n".join(["docs/messages.md lists what the program does not say (was it reworded?):", *gone])


def test_no_message_is_listed_twice() -> None:
    assert len(set(map(bare, LISTED))) == len(LISTED), "docs/messages.md lists a message twice"


def test_every_group_of_messages_names_a_cause_and_a_cure() -> None:
    assert len(GROUPS) > 50
    for paragraph in GROUPS:
        assert paragraph.startswith("*Cause:* "), paragraph
        assert " *Cure:* " in paragraph.replace("\n", " "), paragraph

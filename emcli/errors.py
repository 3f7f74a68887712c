"""The exceptions of emcli and the exit code that each one means.

    EmcliError                      70  (never raised itself)
    |- UsageError                    2  options that make no sense, an unknown configuration key
    |- OutOfMemory                   2  less memory than the command needs, by a limit or in fact
    |- CannotFit                     4  the model cannot be fitted to these rows
    |- BadData                      65  a cell, a row or a file that is not what it should be
    |- BadModel                     65  a model file that is damaged, edited wrongly or of another version
    |- InputError                   66  an input that cannot be opened
    |- OutputError                  73  an output that cannot be created
    `- WriteError                   74  an output that cannot be written to the end

A message is one line that says what happened; `where` says in which file (and line), `detail` quotes the
offending text or lists what there is, `hint` is something that works.  The command line prints them as

    emcli: error: WHERE: MESSAGE
      DETAIL
      hint: HINT
"""

from __future__ import annotations

from typing import ClassVar


class EmcliError(Exception):
    """Anything a user should read as one line instead of a traceback."""

    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        detail: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.detail = detail
        self.hint = hint

    def at(self, where: str) -> EmcliError:
        """The same error, located: raised without a place by code that does not know the file's name."""
        self.where = self.where or where
        return self

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.where, self.detail, self.hint)


def _rebuild(
    kind: type[EmcliError], message: str, where: str | None, detail: str | None, hint: str | None
) -> EmcliError:
    return kind(message, where=where, detail=detail, hint=hint)


class UsageError(EmcliError):
    """The command line or a configuration file asks for something that does not exist or contradicts itself."""

    exit_code = 2


class OutOfMemory(EmcliError):
    """There is less memory than the command needs: as a rule, the user's limit is too low for it."""

    exit_code = 2


class CannotFit(EmcliError):
    """The rows cannot determine the model: too few, too equal, or collinear."""

    exit_code = 4


class BadData(EmcliError):
    """The content of an input table is not what it should be."""

    exit_code = 65


class BadModel(EmcliError):
    """The content of a model file is not what it should be."""

    exit_code = 65


class InputError(EmcliError):
    """An input cannot be opened or read."""

    exit_code = 66


class OutputError(EmcliError):
    """An output cannot be created."""

    exit_code = 73


class WriteError(EmcliError):
    """An output was begun and could not be written to the end."""

    exit_code = 74

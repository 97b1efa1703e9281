"""``%wsclean``, ``%aoflagger`` and ``%%casacore``, as IPython calls them."""

import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from IPython.core.magic import no_var_expand

from casa_kernel.companions import casacore
from casa_kernel.companions.arguments import arguments
from casa_kernel.companions.errors import ProgramMissingError
from casa_kernel.companions.process import run

PACKAGES: Final = {"wsclean": "wsclean", "aoflagger": "aoflagger"}
"""Program to the package of Debian and Ubuntu that has it."""


class MagicShell(Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    user_ns: dict[str, Any]

    def register_magic_function(
        self, func: Callable[..., object], magic_kind: str, magic_name: str
    ) -> None:
        """Let a function answer to ``%name`` and ``%%name``."""


def register(shell: MagicShell) -> None:
    """Give a shell the magics, and python-casacore its warning where it needs one; idempotent."""
    casacore.warn_where_it_breaks(sys.version_info[:2], sys.meta_path)
    apart = casacore.cell_magic(shell.user_ns, _write)
    shell.register_magic_function(apart, magic_kind="cell", magic_name="casacore")
    for program in PACKAGES:
        magic = program_magic(program, shell.user_ns)
        shell.register_magic_function(magic, magic_kind="line_cell", magic_name=program)


def program_magic(program: str, variables: Mapping[str, Any]) -> Callable[..., None]:
    """Return the function behind ``%program`` and ``%%program``.

    Parameters
    ----------
    program : str
        Its name on PATH.
    variables : mapping
        The user's variables, for ``{name}`` in arguments.
    """

    # IPython would fill in {name} before the words are split.
    @no_var_expand  # type: ignore[untyped-decorator]  # IPython is untyped here
    def magic(line: str, cell: str = "") -> None:
        run([program_path(program), *arguments(f"{line}\n{cell}", variables)], _write)

    magic.__doc__ = _HELP.format(program=program)
    return magic  # type: ignore[no-any-return]  # as above


_HELP: Final = """Run {program} with these arguments, and show what it says while it runs.

``%{program} ARGUMENTS`` takes a line, ``%%{program}`` the whole cell: arguments may then stand on
several lines, and a line that starts with # is a comment. ``{{name}}`` is a variable of the
notebook; ``%{program}`` alone shows the program's own help. The stop button ends the program.
"""


def program_path(program: str) -> str:
    """Return where a program is.

    Raises
    ------
    ProgramMissingError
        It is not on PATH.
    """
    path = shutil.which(program)
    if path is None:
        raise ProgramMissingError(
            f"{program} is not on PATH: install it (on Debian and Ubuntu `apt-get install "
            f"{PACKAGES[program]}`), or add its directory to PATH with `%env PATH=...`."
        )
    return path


def _write(text: str) -> None:
    # The stream of the moment: %%capture exchanges it.
    sys.stdout.write(text)
    sys.stdout.flush()

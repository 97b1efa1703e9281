"""``%plots``: how plots are shown."""

from collections.abc import Callable
from typing import Protocol

from casa_kernel.plots.settings import HELP, changed, described
from casa_kernel.plots.show import Shower


class Shell(Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    def register_magic_function(
        self, func: Callable[..., object], magic_kind: str, magic_name: str
    ) -> None:
        """Let a function answer to ``%name``."""


def register(shell: Shell, shower: Shower) -> None:
    """Give a shell ``%plots``."""

    def magic(line: str) -> None:
        if line.strip() in {"help", "--help", "-h"}:
            print(HELP)
            return
        shower.settings = changed(shower.settings, line)
        print(described(shower.settings))

    magic.__doc__ = HELP
    shell.register_magic_function(magic, magic_kind="line", magic_name="plots")

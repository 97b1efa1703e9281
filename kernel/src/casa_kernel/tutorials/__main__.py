"""The command line: ``python -m casa_kernel.tutorials``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from casa_kernel.tutorials import TUTORIALS, TutorialError, copy


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m casa_kernel.tutorials")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print the tutorials' names and titles")
    copying = commands.add_parser("copy", help="copy a tutorial's notebook into a directory")
    copying.add_argument("name", choices=sorted(TUTORIALS))
    copying.add_argument("directory", type=Path)
    arguments = parser.parse_args(argv)
    if arguments.command == "list":
        for tutorial in TUTORIALS.values():
            print(f"{tutorial.name:18} {tutorial.title}")
        return 0
    try:
        print(copy(arguments.name, arguments.directory))
    except TutorialError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The command line: ``python -m casa_kernel install | launch | doctor | applications``."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

PATIENCE: Final = 60.0  # seconds; from a cold disk over a network CASA takes ten


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m casa_kernel", description="The CASA kernel.")
    commands = top.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="let Jupyter find the kernel CASA")
    where = install.add_mutually_exclusive_group()
    where.add_argument("--user", action="store_true", help="for the current user")
    where.add_argument("--prefix", help="below PREFIX/share/jupyter")
    where.add_argument(
        "--sys-prefix",
        action="store_const",
        const=sys.prefix,
        dest="prefix",
        help="in this Python's environment",
    )
    commands.add_parser("launch", help="run the kernel; Jupyter calls this", add_help=False)
    doctor = commands.add_parser("doctor", help="tell whether CASA can work here")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.add_argument(
        "--patience",
        type=float,
        default=PATIENCE,
        metavar="SECONDS",
        help="how long CASA may take to load (default: %(default)g)",
    )
    applications = commands.add_parser(
        "applications",
        help="CASA's own casaplotms and casaviewer: are they there, and install them",
    )
    applications.add_argument("action", choices=("status", "install", "remove"))
    applications.add_argument(
        "--for-all", action="store_true", help="beside this Python, for all its users; for images"
    )
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    arguments, rest = parser().parse_known_args(argv)
    if rest and arguments.command != "launch":
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    # Each command imports what it needs: `doctor` must run where the others cannot.
    if arguments.command == "launch":
        from casa_kernel.errors import CasaKernelError  # noqa: PLC0415
        from casa_kernel.starting import begin  # noqa: PLC0415

        # Before anything else is imported: CASA loads meanwhile. What stops it, stops it again when
        # the kernel asks, which can then tell the user.
        with suppress(CasaKernelError):
            begin()
        from casa_kernel.kernel import launch  # noqa: PLC0415

        launch(rest)
        return 0
    if arguments.command == "install":
        from casa_kernel.install import ensure_installed  # noqa: PLC0415

        print(ensure_installed(user=arguments.user, prefix=arguments.prefix))
        return 0
    if arguments.command == "applications":
        from casa_kernel import applications  # noqa: PLC0415

        return applications.run(arguments.action, for_all=arguments.for_all)
    from casa_kernel.doctor.report import run  # noqa: PLC0415

    return run(as_json=arguments.json, patience=arguments.patience)


if __name__ == "__main__":
    sys.exit(main())

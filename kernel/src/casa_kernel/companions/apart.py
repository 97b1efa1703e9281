"""The process that `casacore.run_apart` starts: runs one cell, without CASA."""

import pickle
import sys
from pathlib import Path


def main(request: str, answer: str) -> None:
    """Run the code in one file and pickle the variables that it asks for into another."""
    # Both files are of the user's own kernel, and so is the code.
    code, variables, wanted = pickle.loads(Path(request).read_bytes())  # noqa: S301
    exec(compile(code, "<cell>", "exec"), variables)  # noqa: S102
    missing = [name for name in wanted if name not in variables]
    if missing:
        sys.exit(f"The cell has made no variable {missing[0]!r}: check -o.")
    Path(answer).write_bytes(pickle.dumps({name: variables[name] for name in wanted}))


if __name__ == "__main__":
    main(*sys.argv[1:])

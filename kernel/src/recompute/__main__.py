"""``python -m recompute`` is the command ``recompute``."""

from recompute.commands import main

if __name__ == "__main__":
    main()

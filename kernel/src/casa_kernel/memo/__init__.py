"""Recompute in a notebook: what `recompute` knows of files, shown and steered from cells.

A task that the notebook calls goes through recompute's engine when memoisation is on (`task`); what
was recorded is shown as if it had run (`replay`, `summary`). `place` tells where in the notebook a
step stands, `holders` which tool of the notebook keeps a table open, `magics` has ``%recompute``.
Nothing here decides whether a step is cached: that is the engine's.
"""

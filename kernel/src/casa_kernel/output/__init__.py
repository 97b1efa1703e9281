"""What CASA logs and prints, as a notebook shows it.

CASA writes its log to a file, warnings to stderr once more, and what its libraries print to
whichever descriptor they like. Here all of it is led through pipes (`pipe`) into the cell that runs
(`relays`): one block for each cell (`cell`, `render`), a bar for what reports its progress
(`progress`), the whole in a file (`logfile`) and for Python (`history`).

It does not know what a task is, nor in which process it runs: it reads bytes.
"""

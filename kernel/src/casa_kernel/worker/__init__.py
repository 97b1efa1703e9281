"""Each task in a process of its own: what CASA does to itself, it does not do to the notebook.

CASA's C++ can abort, cannot be interrupted while it computes, and is not thread safe. A process
that has CASA loaded (`zygote`) is therefore forked for every call: a crash ends the call, a task
that does not listen can be killed, what it had locked is free at once, and two tasks may run side
by side.

Three processes take part. The *zygote* waits, and forks a *keeper* for each call; the keeper forks
the *worker* that runs the task, hands on signals, and tells how the worker ended. The keeper is the
worker's parent and talks over a socket, so that no process id is ever used after its process has
gone, and that nothing is left running when the notebook ends: an end of file kills the worker.

Nothing here knows of notebooks; `casa_kernel.remote` makes tasks of it.
"""

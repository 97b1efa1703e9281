"""Interactive cleaning: `tclean`, one cycle after the other, with a person's masks between them.

The package exists so that what a widget does can be done, and tested, without one. `Cleaning` calls
the task that it is given, never CASA's tools: first for the residual, then once for each cycle of
minor and major iterations, last for the restored image. Between two calls nothing is kept but
files, so the calls, written down as a script, make the same images again; and they are those of one
call of `tclean` with the same mask.

What it deliberately does not do: clean by itself, choose masks, draw more than convergence, or know
who is in front of the screen.
"""

"""``tclean(interactive=True)`` in a notebook: a widget in place of the viewer that CASA would open.

`casa_plots.cleaning` cleans, `casa_kernel.plots` has the stage; the package lets the one be driven
by the other. `call` stands before the task, `desk` does what is asked, `answers` speaks with the
front end, `clean.js` is the front end, `kept` writes what remains.

The call waits in the cell until somebody presses Stop, so that the next cell finds the images. That
needs a front end that sends a widget's messages to a subshell (JupyterLab 4.4 and later); with any
other the call returns at once what `desk.Detached` is.

What it deliberately does not do: work without a person. Headless runs are refused.
"""

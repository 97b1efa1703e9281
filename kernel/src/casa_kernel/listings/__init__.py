"""What CASA's text tasks say, as tables that a notebook can sort.

The package exists because the tasks that list things write to the log or to a file, in columns made
for a terminal. `table` is the component that every table of the kernel is drawn with; each other
module turns the text or the dictionary of one family of tasks into such tables; `show` puts them
beside the task.

What it deliberately does not do: it changes no task's parameters or result, and it computes no
number that CASA has not given. Where CASA's own text exists, it is shown unchanged as well.
"""

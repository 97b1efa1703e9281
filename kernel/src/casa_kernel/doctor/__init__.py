"""Telling, in sentences, whether CASA can work here: ``python -m casa_kernel doctor``.

The doctor must speak where nothing works. So it needs nothing but the standard library, CASA is
started in a child process that may crash or hang, and each finding names what to do about it. It
changes nothing but to make the directories that the kernel would make.
"""

"""Pictures of radio-astronomical data: what opened a window in CASA, as a library.

The package exists so that one implementation serves a notebook, a script and a batch job: it
imports neither Jupyter nor `casa_kernel`. What it makes are `Pages` of `View`s (`picture`): a view
can be drawn in any size, in light or dark, and, where it has an inside, again for another region of
it. A notebook shows views and lets people act on them (`casa_kernel.plots`); a script saves them.

`visibilities` and `calibration` read tables in blocks, so that memory is bounded by the block and
not by the data; `plotms` draws what they read; `casaplotms` asks CASA's own application for what
`plotms` cannot do; `images` is the viewer; the other modules are CASA's smaller plotting tasks.

What it deliberately does not do: change data, but for flags in `flagging`; compute calibration.
"""

"""Memoised steps: change one thing in a reduction, and only what depends on it is computed again.

A library of its own: it needs neither Jupyter nor casahub. It knows files and trees of files, the
tasks of CASA as data, and nothing of how a notebook shows what happened.
"""

"""Simulated observations whose truth is known, for tutorials and tests.

An interferometer is simulated in numpy and written as FITS-IDI, so that a tutorial starts where an
observer starts: with the correlator's files. Everything is fixed by a seed. Beams, polarisation
leakage and the ionosphere are deliberately left out.
"""

"""What EVN data need beyond `importfitsidi`: ANTAB, UVFLG, and their way into a MeasurementSet.

Correlators leave system temperatures, gain curves and a-priori flags out of the FITS-IDI files; the
stations' are collected in text files in the KEYIN format of AIPS. They are read here, and become
FITS-IDI tables and `flagdata` commands. Calibration itself stays with CASA's tasks.
"""

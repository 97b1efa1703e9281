"""What astronomers use beside CASA: WSClean and AOFlagger as magics, python-casacore made safe.

The package exists because these are programs and libraries of their own, which a notebook started
for CASA should let run as they are. `magics` is what IPython calls; `arguments` (pure) makes a
command of what the user wrote; `process` runs it; `casacore` keeps python-casacore out of CASA's
way where the two do not get on.

What it deliberately does not do: it knows no option of any program, and installs nothing.
"""

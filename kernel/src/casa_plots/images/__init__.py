"""The viewer: images of the sky with world coordinates, in a notebook or a file.

`imview`, `viewer` and `msview` take the arguments of CASA's viewer and return pages. An image is
opened without reading it (`opening`), described in words that do not depend on the file's format
(`described`), and read plane by plane, no finer than the picture is (`planes`). What lies in a
picture is a `scene.Scene`; `drawing` draws it, and `views.PlaneView` is what a front end holds.

What it deliberately does not do: change images, or compute new ones. CASA's tasks do.
"""

from casa_plots.images.imview import imview
from casa_plots.images.viewer import msview, viewer

__all__ = ["imview", "msview", "viewer"]

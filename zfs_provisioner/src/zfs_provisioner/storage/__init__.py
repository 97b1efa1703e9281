"""Storage: what a provisioner needs of a filesystem, and the implementations of it.

`protocol` is all that the layers above may use. `directory` keeps the tree of `design.md` in plain
directories and clones by the best way that the filesystem has.
"""

"""The only code that touches storage: releases, workspaces, checkpoints, leases, trash.

A provisioner owns one storage root. It clones releases into workspaces, checkpoints and restores
them, leases them to sessions and keeps what was deleted in trash. Everything else in casahub asks
it through `zfs_provisioner.client`, which needs none of the server's dependencies.

It deliberately knows nothing of JupyterHub, of notebooks or of CASA: an owner is a string, a
session is the holder of a lease, and a dataset is a tree of files.
"""

"""The provisioner's REST interface: thin handlers over `archive` and `workspaces`.

`models` is shared with the client and needs no server; answers are the dataclasses of
`zfs_provisioner.model` as JSON.
"""

"""JupyterHub spawners that put a workspace under a notebook server.

`WorkspaceMixin` owns the life of the workspace (create or open, lease, checkpoint at stop, trash);
a spawner beside it adds how a path reaches the server. The storage itself is the provisioner's:
this package only calls `zfs_provisioner.client`.
"""

from casahub_spawner.local import LocalWorkspaceSpawner
from casahub_spawner.mixin import WorkspaceMixin

__all__ = ["LocalWorkspaceSpawner", "WorkspaceMixin"]

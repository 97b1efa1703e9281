"""JupyterHub spawners that put a workspace under a notebook server.

`mixin.WorkspaceMixin` owns the life of the workspace (create or open, lease, checkpoint at stop,
trash); a spawner beside it adds how a path reaches the server: `local.LocalWorkspaceSpawner`,
`docker.DockerWorkspaceSpawner`, `apptainer.ApptainerWorkspaceSpawner` and
`slurm.SlurmWorkspaceSpawner`.
The storage itself is the provisioner's: this package only calls `zfs_provisioner.client`.

Nothing is imported here: the command line uses parts of it, and JupyterHub loads for seconds.
"""

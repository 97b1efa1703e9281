"""A hub that starts sessions as jobs of Slurm, each in Apptainer with its workspace underneath.

    jupyterhub -f jupyterhub_config.py

It runs on a login node as the account that the workspaces belong to, which may submit jobs. The
provisioner runs beside it. `docs/admins/engines/slurm.md` says what the nodes need.
"""

from pathlib import Path

from casahub_spawner.slurm import SlurmWorkspaceSpawner

c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub puts it here

# On the filesystem that the nodes share with this one.
SHARED = Path("/shared/casahub")

c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # an HTTPS proxy of the site's is before it
# Sessions report here; an address of this node that the others reach.
c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
c.JupyterHub.hub_connect_url = "http://login.cluster.example:8081"
c.JupyterHub.allow_named_servers = True
# Jobs outlive a restart of the hub, which finds them again.
c.JupyterHub.cleanup_servers = False

c.JupyterHub.spawner_class = SlurmWorkspaceSpawner
c.SlurmWorkspaceSpawner.site = "example"
c.SlurmWorkspaceSpawner.provisioner_socket = "/run/casahub/provisioner.sock"
c.SlurmWorkspaceSpawner.homes = str(SHARED / "homes")
c.SlurmWorkspaceSpawner.image = str(SHARED / "images" / "casahub.sif")
c.SlurmWorkspaceSpawner.cmd = ["jupyterhub-singleuser"]
c.SlurmWorkspaceSpawner.default_url = "/lab"

# How large a job is: what the site's sizes say, and these where it offers none.
c.SlurmWorkspaceSpawner.cpu_limit = 2
c.SlurmWorkspaceSpawner.mem_limit = "8G"
# All settings of batchspawner work: req_account, req_qos, req_gres, req_reservation, req_options...
c.SlurmWorkspaceSpawner.req_partition = "interactive"
c.SlurmWorkspaceSpawner.req_runtime = "12:00:00"

# How long somebody waits in the queue before the hub cancels the job.
c.SlurmWorkspaceSpawner.start_timeout = 1800
# Slurm has no events: the hub asks it for each session with this pause, in seconds.
c.SlurmWorkspaceSpawner.poll_interval = 60

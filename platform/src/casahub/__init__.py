"""The site: JupyterHub's configuration, the portal, and the `casahub` command.

It joins the parts: a provisioner that owns the storage, a hub whose spawner asks it, and pages for
people. It owns no data and no storage code of its own.
"""

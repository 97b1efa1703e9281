"""The site's own pages: what a user has, what the archive offers, and the buttons between them.

JupyterHub's home page knows servers; an astronomer thinks of workspaces and datasets. The portal
shows those, and is otherwise a thin service: every session is started and stopped by the hub with
the user's own token, every workspace is made, checkpointed and trashed by the provisioner. It keeps
no state of its own, holds no rights over users, and never touches a workspace's files.
"""

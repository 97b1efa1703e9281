from tests_provisioner import clock, mount, root, site, source, storage

__all__ = ["clock", "mount", "root", "site", "source", "storage"]

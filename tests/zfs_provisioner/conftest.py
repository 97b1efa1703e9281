from tests_provisioner import clock, mount, open_storage, plain, root, site, source, storage

__all__ = ["clock", "mount", "open_storage", "plain", "root", "site", "source", "storage"]

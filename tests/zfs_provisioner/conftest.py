from tests_provisioner import clock, kind, mount, open_storage, plain, root, site, source, storage

__all__ = ["clock", "kind", "mount", "open_storage", "plain", "root", "site", "source", "storage"]

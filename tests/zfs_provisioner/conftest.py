from tests_provisioner import (
    clock,
    kind,
    mount,
    open_storage,
    plain,
    root,
    site,
    source,
    storage,
    stranger,
)

__all__ = [
    "clock",
    "kind",
    "mount",
    "open_storage",
    "plain",
    "root",
    "site",
    "source",
    "storage",
    "stranger",
]

"""The contract of all storages, on ZFS by commands and by the library."""

from collections.abc import Callable
from importlib import import_module

import pytest
from zfs_provisioner.storage.zfs import ZfsStorage

contract = import_module("test_contract")
release, workspace = contract.release, contract.workspace
globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})


@pytest.fixture(autouse=True)
def opened_alike(monkeypatch: pytest.MonkeyPatch, open_storage: Callable[[], ZfsStorage]) -> None:
    """What the contract opens again is this storage too."""
    monkeypatch.setattr(contract, "DirectoryStorage", lambda _root: open_storage())

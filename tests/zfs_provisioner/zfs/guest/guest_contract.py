"""The contract of all storages, on ZFS by commands and by the library."""

from importlib import import_module

contract = import_module("test_contract")
release, workspace = contract.release, contract.workspace
globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})

"""The contract of all storages on what may go, on ZFS by commands and by the library."""

from importlib import import_module

contract = import_module("test_collection")
release, lab = contract.release, contract.lab
globals().update({name: test for name, test in vars(contract).items() if name.startswith("test_")})

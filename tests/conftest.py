"""How property tests explore: the same examples each time in the gate, new ones in `make fuzz`."""

from hypothesis import settings

settings.register_profile("gate", derandomize=True)
settings.register_profile("fuzz", derandomize=False, print_blob=True)
settings.load_profile("gate")

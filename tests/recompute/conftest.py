from tests_recompute_casa import casa, observation, reduction

__all__ = ["casa", "observation", "reduction"]

from tests_hub import site

__all__ = ["site"]

from tests_portal import site

__all__ = ["site"]

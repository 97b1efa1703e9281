"""Users' modules for the tests of fingerprints: written, imported and edited as files."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol


class Load(Protocol):
    """Writes a module's text to its file and imports it, whatever was imported before."""

    def __call__(self, text: str, name: str = "pipeline") -> Any: ...


@contextmanager
def loading(directory: Path) -> Iterator[Load]:
    loaded: dict[str, ModuleType | None] = {}

    def load(text: str, name: str = "pipeline") -> ModuleType:
        file = directory / f"{name}.py"
        file.write_text(text)
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        loaded.setdefault(name, sys.modules.get(name))
        sys.modules[name] = module
        # Not by the loader: its compiled files tell an edit by whole seconds and the size.
        exec(compile(text, str(file), "exec", dont_inherit=True), vars(module))
        return module

    try:
        yield load
    finally:
        for name, before in loaded.items():
            del sys.modules[name]
            if before is not None:
                sys.modules[name] = before

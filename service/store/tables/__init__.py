"""Every table of the project, one noun a file. Importing this package makes the metadata complete."""

import importlib
import pkgutil

from service.store.tables.base import Base

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Base"]

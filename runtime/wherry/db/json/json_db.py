"""The database of JSON files, under Agno's path."""

from wherry.stores.json_files import JsonDb

__all__ = ["JsonDb"]

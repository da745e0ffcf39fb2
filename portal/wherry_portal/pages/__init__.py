"""Pages of the site that come from data: matrix, features, errors, checklists, cookbook; `write_pages` makes them."""

from wherry_portal.pages.build import write_pages

__all__ = ["write_pages"]

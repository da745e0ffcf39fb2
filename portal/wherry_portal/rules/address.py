"""Database addresses that no store of Wherry opens.

For example::

    PostgresDb(db_url="mysql+pymysql://...")           MySQL is not among the databases of Wherry
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.rules.context import Context

RULE = "database-address"
_SCHEME = re.compile(r"^[a-z]+")
_FOREIGN = {"mysql": "agno.db.mysql.MySQLDb", "mariadb": "agno.db.mysql.MySQLDb", "mongodb": "agno.db.mongo.MongoDb"}


def check(context: Context) -> Iterator[Finding]:
    """See the module."""
    if not context.facts.imports:
        return
    for use in context.facts.texts:
        found = _SCHEME.match(use.text) if use.kind == "address" else None
        if found is None or found.group() not in _FOREIGN:
            continue
        judgement = replace(context.judge.judge(_FOREIGN[found.group()]), level="warning", minutes=30)
        yield context.finding(RULE, use.node, judgement, f"holds the address of a {found.group()} database")

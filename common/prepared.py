"""Statements that PostgreSQL plans once a connection: for hot paths whose planning costs more than their work.

psycopg2 prepares nothing by itself. Behind a pooler that hands a connection on with each transaction, prepared
statements get lost; there Django wants DISABLE_SERVER_SIDE_CURSORS, and with it statements run unprepared.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_PLACE = re.compile(r"%\((\w+)\)s(?:::([a-z]+(?:\[\])?))?")

_prepared: "WeakKeyDictionary[Any, set[str]]" = WeakKeyDictionary()


class Prepared:
    """A statement with named places, each with its type where it first stands: `%(survey)s::bigint`.

    `before` is sent along in front of it, at no round trip: a SET LOCAL, say.
    """

    def __init__(self, sql: str, *, before: str = "") -> None:
        self.sql = f"{before};{sql}" if before else sql
        self.names: list[str] = []
        types: dict[str, str] = {}
        for name, cast in _PLACE.findall(sql):
            if name not in types:
                if not cast:
                    raise ValueError(f"%({name})s is without its type where it first stands.")
                types[name] = cast
                self.names.append(name)
        body = _PLACE.sub(lambda place: f"${self.names.index(place[1]) + 1}", sql).replace("%%", "%")
        self.name = f"p_{sha256(sql.encode()).hexdigest()[:16]}"
        self.prepare = f"PREPARE {self.name} ({', '.join(types.values())}) AS {body}"
        places = ", ".join(f"%({name})s::{types[name]}" for name in self.names)
        self.run = f"EXECUTE {self.name} ({places})" if self.names else f"EXECUTE {self.name}"
        if before:
            self.run = f"{before}; {self.run}"

    def execute(self, cursor: Any, parameters: Mapping[str, Any]) -> None:
        """Run it on an open cursor of Django's default connection."""
        if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            cursor.execute(self.sql, parameters)
            return
        connection.ensure_connection()
        known = _prepared.setdefault(connection.connection, set())
        if self.name not in known:
            cursor.execute(self.prepare.replace("%", "%%"), [])
            known.add(self.name)
        cursor.execute(self.run, parameters)

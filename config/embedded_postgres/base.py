"""Django's PostgreSQL backend, which starts the site's own server when nobody answers."""

from typing import Any

import psycopg2
from django.db.backends.postgresql import base

from config.embedded_postgres import SERVER, ServerError


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; after a first start, a reboot or a kill, start the server and connect then.

        A server that answers costs nothing extra here.
        """
        try:
            return super().get_new_connection(conn_params)
        except psycopg2.OperationalError:
            try:
                SERVER.start()
            except ServerError as error:
                raise psycopg2.OperationalError(str(error)) from error
            return super().get_new_connection(conn_params)

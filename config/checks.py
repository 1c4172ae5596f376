"""A misconfigured deployment, each with an id and a hint. `manage.py check --deploy` asks them all."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.backends.postgresql.psycopg_any import is_psycopg3

OLDEST_POSTGRESQL = 15

Apps = Sequence[AppConfig] | None


@register(Tags.compatibility)
def check_driver(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if not is_psycopg3:
        return []
    return [
        Error(
            "Django uses psycopg 3, since it is installed; triggers' refusals arrive differently there.",
            hint="Remove it: pip uninstall psycopg psycopg-binary. Gongdi's driver is psycopg2-binary.",
            id="gongdi.E001",
        )
    ]


@register(Tags.database)
def check_database(app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql":
            messages.append(Error(f"{alias} is not PostgreSQL.", hint="Set DATABASE_URL.", id="gongdi.E002"))
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')"
            )
            version, encoding = cursor.fetchone()
        if version < OLDEST_POSTGRESQL:
            messages.append(
                Error(
                    f"PostgreSQL {version} is too old.",
                    hint=f"Gongdi needs PostgreSQL {OLDEST_POSTGRESQL} or later.",
                    id="gongdi.E003",
                )
            )
        if encoding != "UTF8":
            messages.append(
                Error(
                    f"The database's encoding is {encoding}, which cannot hold every name.",
                    hint="Make it with: createdb --encoding=UTF8 --template=template0 NAME",
                    id="gongdi.E004",
                )
            )
    return messages


@register(Tags.security, deploy=True)
def check_secret_key(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Several machines on one database need one key; else sessions and signed links of one are refused by the next."""
    own_database = settings.DATABASES["default"]["ENGINE"] == "config.embedded_postgres"
    if own_database or settings.DEBUG or settings.SECRET_KEY_IS_GIVEN:
        return []
    return [
        Error(
            "The database is shared, and the secret key is one that this machine made for itself.",
            hint="Set SECRET_KEY, the same for every process that uses this database.",
            id="gongdi.E005",
        )
    ]


@register(Tags.security, deploy=True)
def check_tls(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if settings.BEHIND_TLS:
        return []
    return [
        Warning(
            "Passwords and names travel in the clear.",
            hint="Put a proxy in front that ends TLS and sets X-Forwarded-Proto, and set BEHIND_TLS=true.",
            id="gongdi.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_proxies(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Behind a proxy that is not counted, all visitors have its address, and one of them uses up the limit of all."""
    if not settings.BEHIND_TLS or settings.REST_FRAMEWORK["NUM_PROXIES"]:
        return []
    return [
        Warning(
            "All visitors count as one: the site takes the proxy's address for theirs.",
            hint="Let the proxy add the caller's address to X-Forwarded-For, and set API_PROXY_COUNT, 1 for one proxy.",
            id="gongdi.W003",
        )
    ]


@register(Tags.security, deploy=True)
def check_hosts(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    if set(settings.ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]", "testserver"}:
        return []
    return [
        Warning(
            "The site answers only to names of this machine.",
            hint="Set ALLOWED_HOSTS to the names that people type, separated by commas.",
            id="gongdi.W002",
        )
    ]

"""How collected static files get names that may be cached for ever."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.staticfiles.utils import matches_patterns
from whitenoise.storage import CompressedManifestStaticFilesStorage as CompressedFiles

OWN_SCRIPTS = ("field/*.js", "js/*.js")


class ModuleStaticFilesStorage(CompressedFiles):
    """Imports between our own modules name the collected files, too.

    Our modules share one hash over them all: they are of one release or of none, and may import each other in a ring,
    which hashes of their contents could not. Django's `support_js_module_import_aggregation` can do neither, and reads
    packed scripts of packages, which hold words that look like imports and are none.
    """

    patterns = (
        *CompressedFiles.patterns,
        *((scripts, CompressedFiles._js_module_import_aggregation_patterns[1]) for scripts in OWN_SCRIPTS),
    )
    _release: str | None = None

    def post_process(self, paths: Mapping[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        digest = hashlib.sha256()
        for name in sorted(paths):
            if matches_patterns(name, OWN_SCRIPTS):
                storage, path = paths[name]
                with storage.open(path) as file:
                    digest.update(f"{name}\0".encode() + file.read())
        self._release = digest.hexdigest()[:12]
        return super().post_process(paths, *args, **options)

    def file_hash(self, name: str | None, content: Any = None) -> str | None:
        if name and self._release and matches_patterns(name, OWN_SCRIPTS):
            return self._release
        found: str | None = super().file_hash(name, content)
        return found

"""How collected static files get names that may be cached for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage as CompressedFiles

OWN_SCRIPTS = ("field/*.js", "js/*.js")


class ModuleStaticFilesStorage(CompressedFiles):
    """Imports between our own modules name the collected files, too.

    Django's `support_js_module_import_aggregation` would read packed scripts of packages as well, which hold words
    that look like imports and are none.
    """

    # A pass settles one step of a chain of imports, and there are more steps than the five of Django.
    max_post_process_passes = 12
    patterns = (
        *CompressedFiles.patterns,
        *((scripts, CompressedFiles._js_module_import_aggregation_patterns[1]) for scripts in OWN_SCRIPTS),
    )

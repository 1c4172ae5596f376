"""Settings of every process. Wiring only: law lives in rules/, a city's own choices are dated rows."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from config import env
from config.embedded_postgres import SERVER

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# --- Core ------------------------------------------------------------------------------------------

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", kept_in=VAR_DIR / "secret_key")
# What is personal is encrypted with the first key; the others still read. The signing key stands behind tree heads.
ENCRYPTION_KEYS = env.words("ENCRYPTION_KEYS", default=[]) or [
    env.secret("ENCRYPTION_KEY", kept_in=VAR_DIR / "encryption_key")
]
SIGNING_KEY_FILE = Path(env.text("SIGNING_KEY_FILE", default=str(VAR_DIR / "signing_key.pem")))
SECRET_KEY_IS_GIVEN = bool(env.text("SECRET_KEY", default=""))
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "oauth2_provider",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "common",
    "accounts",
    "renovation",
    "consent",
    "governance",
    "overview",
    "demonstration",
    "config.apps.SiteConfig",
]

MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    # Before anything that asks for a host, a session or TLS: probes have none of them.
    "config.health.HealthMiddleware",
    "config.metrics.MetricsMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "config.middleware.TextGZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.language.SwitchedLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Security --------------------------------------------------------------------------------------
# Behind a proxy that ends TLS and sets X-Forwarded-Proto, BEHIND_TLS turns on all that belongs to it. Without it the
# site works on http://127.0.0.1 as it is.

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_TLS = env.boolean("BEHIND_TLS", default=False)
# What stands on paper and in mail, where no request says by which name people reach the site.
_HOST = next((host.lstrip(".") for host in ALLOWED_HOSTS if host != "*"), "localhost")
SITE_ADDRESS = env.origin(
    "SITE_ADDRESS",
    default=f"https://{_HOST}" if BEHIND_TLS else f"http://{env.text('BIND', default='127.0.0.1:8000')}",
)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = env.integer("HSTS_SECONDS", default=365 * 24 * 3600) if BEHIND_TLS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
X_FRAME_OPTIONS = "DENY"
# Whether every other name below the domain has TLS, too, is for the domain's owner to say, at the proxy.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# A batch of 500 visits, each with a signature of 64 KB in base64, is the largest thing that is read at once.
DATA_UPLOAD_MAX_MEMORY_SIZE = 48 * 1024 * 1024

# --- Database --------------------------------------------------------------------------------------
# PostgreSQL only. Without DATABASE_URL the site keeps a server of its own under var/postgres.

DATABASES = {
    "default": {
        **(env.database("DATABASE_URL") or {"ENGINE": "config.embedded_postgres", **SERVER.connection_keys}),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}

# --- Accounts --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
OAUTH2_PROVIDER_APPLICATION_MODEL = "accounts.ApiClient"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Language and time -----------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # the switch sticks
LANGUAGE_COOKIE_HTTPONLY = False  # the field page switches without a network, too; there is nothing secret in it
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Static files and uploads ----------------------------------------------------------------------

STATIC_URL = "/static/"
# Served from where they lie, so that nothing has to be collected first. With STATIC_ROOT, `collectstatic` puts them
# there under names that may be cached for ever, and they are served from there.
STATIC_ROOT = env.path("STATIC_ROOT")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
WHITENOISE_ALLOW_ALL_ORIGINS = False
MEDIA_ROOT = env.path("MEDIA_ROOT") or VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "config.static_files.ModuleStaticFilesStorage"
            if STATIC_ROOT
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# --- Mail and log ----------------------------------------------------------------------------------

EMAIL_HOST = env.text("EMAIL_HOST", default="")
EMAIL_PORT = env.integer("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", default="gongdi@localhost")
# Without a mail server a message is written to the log, rather than lost in an error.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "config.middleware.RequestIdFilter"}},
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "style": "{",
        },
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "line"},
    },
    "root": {
        "handlers": ["console"],
        "level": env.one_of("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], default="INFO"),
    },
    # Everything goes up to the root: Django's own handlers would print it twice or mail it.
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}

# --- Jobs ------------------------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "webhooks"]}}
# A worker that was not seen for so long is lost, and another one takes over what it did. It beats six times in it.
JOB_LOST_SECONDS = max(5, env.integer("JOB_LOST_SECONDS", default=30))
# A job that runs for longer is stuck, and ends with its worker; 0 is no limit. A queue may have a limit of its own.
JOB_LIMIT_SECONDS = {
    "default": env.integer("JOB_LIMIT_SECONDS", default=3600),
    "webhooks": 60,
}

# --- Changes ---------------------------------------------------------------------------------------
# So long may a system that follows them be away, or a webhook be paused, without beginning anew.

CHANGES_KEPT_DAYS = env.integer("CHANGES_KEPT_DAYS", default=400, least=1)

# --- Webhooks --------------------------------------------------------------------------------------
# Requests go to the internet and nowhere else; networks of one's own are opened one by one.

WEBHOOK_ALLOWED_NETWORKS = env.networks("WEBHOOK_ALLOWED_NETWORKS", default=[])
WEBHOOK_ALLOW_HTTP = env.boolean("WEBHOOK_ALLOW_HTTP", default=False)
# Seconds that a receiver may take to answer.
WEBHOOK_TIMEOUT = env.integer("WEBHOOK_TIMEOUT", default=15, least=1)

# --- Back office -----------------------------------------------------------------------------------
# The colours are those of static/css/tokens.css: paper and ink, and the seal for what must be done next.

UNFOLD = {
    "SITE_TITLE": _("Gongdi back office"),
    "SITE_HEADER": _("Gongdi"),
    "SITE_SUBHEADER": _("Back office"),
    "SITE_URL": "/",
    "SITE_ICON": "overview.admin.mark",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "overview.admin.mark"}],
    "STYLES": ["overview.admin.stylesheet"],
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "3px",
    "DASHBOARD_CALLBACK": "overview.admin.dashboard",
    "SIDEBAR": {"show_search": True, "navigation": "overview.admin.sidebar"},
    "COLORS": {
        "base": {
            "50": "#fbfaf6",
            "100": "#f2efe7",
            "200": "#dcd8cd",
            "300": "#bdb7ab",
            "400": "#a09a8e",
            "500": "#6a665e",
            "600": "#524f49",
            "700": "#37342e",
            "800": "#26241f",
            "900": "#1d1b19",
            "950": "#151412",
        },
        "primary": {
            "50": "#fbeeea",
            "100": "#f7ddd6",
            "200": "#f0bfb4",
            "300": "#ef9f90",
            "400": "#f58a78",
            "500": "#f58a78",
            "600": "#ae2418",
            "700": "#97190f",
            "800": "#7d150c",
            "900": "#5a140d",
            "950": "#33201c",
        },
    },
}

# --- API -------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.SignedInWithScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["common.json_format.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.json_format.JsonParser"],
    "DEFAULT_PAGINATION_CLASS": "common.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["common.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.openapi.Schema",
    "EXCEPTION_HANDLER": "common.problem.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": [
        "rest_framework.renderers.MultiPartRenderer",
        "rest_framework.renderers.JSONRenderer",
    ],
    # `?format=` is a parameter like any other: unknown.
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": env.integer("API_PROXY_COUNT", default=0),
}
# For each caller, over all processes; 0 is without limit. A client may have a limit of its own.
API_REQUESTS_PER_MINUTE = {
    "client": env.integer("API_CLIENT_REQUESTS_PER_MINUTE", default=60_000),
    "user": env.integer("API_USER_REQUESTS_PER_MINUTE", default=6_000),
    "visitor": env.integer("API_VISITOR_REQUESTS_PER_MINUTE", default=300),
}
# Who may read /metrics, straight and not through a proxy.
METRICS_ALLOW = env.networks("METRICS_ALLOW", default=["127.0.0.0/8", "::1"])
OAUTH2_PROVIDER = {
    "SCOPES": {
        f"{area}:{way}": f"{area}:{way}"
        for area in ("registry", "plans", "consent", "governance", "fees", "devices", "reports")
        for way in ("read", "write")
    },
    "SCOPES_BACKEND_CLASS": "accounts.authentication.ClientScopes",
    "OAUTH2_VALIDATOR_CLASS": "accounts.oauth.ClientValidator",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    # A database that leaks holds no token that works.
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    # A token in an address would stand in every log on the way.
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    # Clients have credentials of their own; the flows with a person in them are closed.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gongdi",
    "DESCRIPTION": "The renovation of old neighbourhoods, from the first knock on a door. See docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Words that name several sets of choices.
    "ENUM_NAME_OVERRIDES": {
        "AllocationKind": "governance.choices.fees.AllocationKind",
        "AmendmentAction": "consent.choices.AmendmentAction",
        "AnnouncementChannel": "consent.choices.Channel",
        "ArrearsVisitOutcome": "governance.choices.fees.VisitOutcome",
        "AssetCondition": "governance.choices.handover.AssetState",
        "AssetKind": "governance.choices.handover.AssetKind",
        "AttendeeRole": "consent.choices.AttendeeRole",
        "AwardState": "renovation.choices.AwardState",
        "BallotChoice": "consent.choices.BallotChoice",
        "BallotForm": "consent.choices.BallotForm",
        "BillState": "governance.choices.fees.BillState",
        "BillingRunMode": "governance.choices.fees.RunMode",
        "BillingRunStatus": "governance.choices.fees.RunStatus",
        "BodyKind": "governance.choices.bodies.BodyKind",
        "ChallengeOutcome": "consent.choices.ChallengeOutcome",
        "ChangeRequestState": "renovation.choices.ChangeRequestState",
        "CheckIn": "governance.choices.party.CheckIn",
        "CommonPurse": "governance.choices.fees.CommonPurse",
        "ContestScope": "governance.choices.contests.ContestScope",
        "ContestState": "governance.choices.contests.ContestState",
        "ConventionKind": "governance.choices.conventions.ConventionKind",
        "DebtorKind": "governance.choices.fees.DebtorKind",
        "DecisionOutcome": "consent.choices.DecisionOutcome",
        "DefectAct": "renovation.choices.DefectAct",
        "DefectSeverity": "renovation.choices.Severity",
        "DefectState": "renovation.choices.DefectState",
        "FeeBasis": "governance.choices.fees.FeeBasis",
        "FeeKind": "governance.choices.fees.FeeKind",
        "FindingSeverity": "governance.choices.upkeep.FindingSeverity",
        "FundingKind": "renovation.choices.FundingKind",
        "GoalWord": "governance.choices.upkeep.Criterion",
        "GovernmentService": "governance.choices.handover.Service",
        "HandoverKind": "governance.choices.handover.HandoverKind",
        "HandoverState": "governance.choices.handover.HandoverState",
        "ImportMode": "renovation.choices.ImportMode",
        "ImportStatus": "renovation.choices.ImportStatus",
        "InspectionState": "governance.choices.upkeep.InspectionState",
        "ManagementMode": "governance.choices.bodies.ManagementMode",
        "MemberRole": "governance.choices.bodies.MemberRole",
        "NoticeKind": "consent.choices.NoticeKind",
        "NoticeState": "consent.choices.NoticeState",
        "ObjectionState": "consent.choices.ObjectionState",
        "OwnerKind": "renovation.choices.OwnerKind",
        "PackageMove": "renovation.api.works.MOVES",
        "PackageState": "renovation.choices.PackageState",
        "PartyEnum": "consent.choices.Party",
        "PayMethod": "governance.choices.fees.PayMethod",
        "PaymentOrderState": "governance.choices.fees.OrderState",
        "PreconditionParty": "renovation.choices.PreconditionParty",
        "PurseSource": "governance.choices.fees.PurseSource",
        "Rater": "renovation.choices.Rater",
        "ReductionReason": "governance.choices.fees.ReductionReason",
        "ReductionState": "governance.choices.fees.ReductionState",
        "ReminderChannel": "governance.choices.fees.ReminderChannel",
        "ReminderStep": "governance.choices.fees.ReminderStep",
        "Respondent": "consent.choices.Respondent",
        "ServiceState": "governance.choices.party.ServiceState",
        "Signatory": "governance.choices.handover.Signatory",
        "SignatureForm": "governance.choices.conventions.SignatureForm",
        "SpaceOwnership": "renovation.choices.SpaceOwnership",
        "Stage": "renovation.choices.Stage",
        "StatementLineState": "governance.choices.fees.LineState",
        "StatementSource": "governance.choices.fees.StatementSource",
        "Taken": "renovation.api.evaluations.TAKEN",
        "UpkeepTaskAct": "governance.choices.upkeep.TaskAct",
        "UpkeepTaskOrigin": "governance.choices.upkeep.TaskOrigin",
        "UpkeepTaskState": "governance.choices.upkeep.TaskState",
        "Use": "renovation.choices.Use",
        "VersionState": "governance.choices.conventions.VersionState",
        "VisitOutcome": "consent.choices.Outcome",
        "VoteScope": "consent.choices.VoteScope",
        "WarrantyKind": "renovation.choices.WarrantyKind",
        "WithdrawalState": "governance.choices.handover.WithdrawalState",
        "WebhookDeliveryState": "accounts.choices.DeliveryState",
        "WebhookEvent": "accounts.api.webhooks.EVENT_CHOICES",
        "WebhookState": "accounts.choices.WebhookState",
        "WorkshopKind": "consent.choices.WorkshopKind",
        "WorkshopState": "consent.choices.WorkshopState",
        "WorkshopTaskState": "consent.choices.TaskState",
    },
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    # A hundred operations drawn at once take a browser a minute: a resource's are drawn when it is opened.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "defaultModelsExpandDepth": -1},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.say_what_all_share",
    ],
}

"""Settings: how the house is wired. Policy is data in the rooms, not a switch here."""

import os
import secrets
from pathlib import Path

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from huhang.config import embedded

# Lets our classes name Django's generics (`Lookup[Any]`, `Field[…]`) at run time.
django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(os.environ.get("HUHANG_VAR", ROOT / "var"))
# Files put under `<mapping>/` here are imported (`journey.actions.drops`).
DROP = Path(os.environ.get("HUHANG_DROP") or VAR / "drop")
# What people attach to cases lies here; servers that share the work must share this folder.
FILES = Path(os.environ.get("HUHANG_FILES") or VAR / "files")


def _kept_secret() -> str:
    """A key made at the first start and kept beside the data, readable by its owner alone."""
    file = VAR / "secret_key"
    if not file.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, file)  # whoever comes first wins; the others read it
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()


SECRET_KEY = os.environ.get("HUHANG_SECRET_KEY") or _kept_secret()
SECRET_KEY_FALLBACKS = [old for old in os.environ.get("HUHANG_OLD_SECRET_KEYS", "").split(",") if old]
DEBUG = os.environ.get("HUHANG_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("HUHANG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("HUHANG_ORIGINS", "").split(",") if o]
# How many proxies of ours stand in front: as many of the last addresses of X-Forwarded-For can be believed.
PROXIES = int(os.environ.get("HUHANG_PROXIES") or 0)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Where browsers reach the push server; empty = the page's own host, port + 1 (how `huhang up` runs it).
PUSH_URL = os.environ.get("HUHANG_PUSH_URL", "")

# What SMS and calls go out by, and the address of this site in the links that they carry.
HUHANG_GATEWAY = os.environ.get("HUHANG_GATEWAY") or "huhang.channels.adapters.outbox_file.OutboxFile"
# Where webhooks may go besides the public internet, such as the carrier's own 10.0.0.0/8; and whether without TLS.
HUHANG_WEBHOOK_NETWORKS = [n for n in os.environ.get("HUHANG_WEBHOOK_NETWORKS", "").split(",") if n]
HUHANG_WEBHOOK_SCHEMES = ["https", "http"] if HUHANG_WEBHOOK_NETWORKS else ["https"]
PUBLIC_URL = (os.environ.get("HUHANG_PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "huhang.config",
    "huhang.kit",
    "huhang.network",
    "huhang.channels",
    "huhang.metrics",
    "huhang.journey",
    "huhang.guidance",
    "huhang.desk",
    "huhang.quality",
    "huhang.accountability",
    "huhang.workforce",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "ninja",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "huhang.config.middleware.BehindProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "huhang.config.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "huhang.config.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "huhang.kit.doors.Moments",
]

ROOT_URLCONF = "huhang.config.urls"
WSGI_APPLICATION = "huhang.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "huhang/kit/ui/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "huhang.config.shell.shell",
            ],
            "libraries": {
                "ui": "huhang.kit.ui.templatetags.ui",
                "static": "huhang.kit.ui.templatetags.constant",
            },
            "builtins": [
                "django.templatetags.i18n",
                "huhang.kit.ui.templatetags.ui",
                "huhang.kit.ui.templatetags.constant",
            ],
        },
    }
]

DATABASES = {
    "default": (
        embedded.from_url(os.environ["DATABASE_URL"])
        if os.environ.get("DATABASE_URL")
        else embedded.database_settings(VAR)
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "network.Person"
AUTHENTICATION_BACKENDS = [
    "huhang.config.accounts.People",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "huhang.config.accounts.ClosedDoor"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/login/"
SESSION_ENGINE = "huhang.kit.sessions"
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "huhang.config.pages.forged"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("HUHANG_HTTPS") == "1"
SESSION_COOKIE_AGE = 60 * 60 * 14
X_FRAME_OPTIONS = "DENY"
HUHANG_TOKEN_LOOKUP = "huhang.network.queries.person_of_token"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("zh-hant", _("繁體中文")), ("en", "English")]
LOCALE_PATHS = [ROOT / "huhang/locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "huhang/kit/ui/static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_ON_APP_READY = "huhang.kit.jobs.register_all"

# Records of an express service are kept for three years at least; 0 keeps scans for ever.
KEEP_SCANS_DAYS = int(os.environ.get("HUHANG_KEEP_SCANS_DAYS") or 1096)
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
# What may be attached to a case: the size of one file, and how many files.
ATTACHMENT_BYTES = int(os.environ.get("HUHANG_ATTACHMENT_MB") or 10) * 1024 * 1024
ATTACHMENTS_PER_CASE = int(os.environ.get("HUHANG_ATTACHMENTS_PER_CASE") or 20)
# What a customer who asks for a human is told: the number, if there is one, and the calendar of its hours.
# For so many seconds an answer can be taken back where no unit says otherwise; 0: answers leave at once.
ANSWER_DELAY = min(int(os.environ.get("HUHANG_ANSWER_DELAY") or 10), 60)
SERVICE_PHONE = os.environ.get("HUHANG_SERVICE_PHONE", "")
SERVICE_CALENDAR = os.environ.get("HUHANG_SERVICE_CALENDAR") or "service"
# Counters of who asks how often live here: with Django's usual 300 entries a crowd of addresses would wipe them out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
# Requests of one API token in a minute, counted by each web process for itself; 0 counts nothing. The usual value
# stops a program that runs away, not one that works.
HUHANG_API_PER_MINUTE = int(os.environ.get("HUHANG_API_PER_MINUTE", "60000"))
# Our tag `static` writes what Django's of that name writes, sooner: two libraries of one name are meant (W003).
SILENCED_SYSTEM_CHECKS = ["procrastinate.E001", "templates.W003"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "huhang.config.discretion.Discreet",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("HUHANG_LOG", "WARNING")},
}

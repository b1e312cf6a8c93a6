import os

SECRET_KEY = "zoo"
ZOO_ENGINE = os.environ["ZOO_ENGINE"]
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "zoo"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ALIASES = {"default": "ZOO_SOURCE", "ours": "ZOO_OURS", "theirs": "ZOO_THEIRS", "back": "ZOO_BACK"}
DATABASES = {
    alias: {
        "ENGINE": "django.db.backends." + ("postgresql" if ZOO_ENGINE == "postgresql" else "sqlite3"),
        "NAME": os.environ[name],
        "HOST": os.environ.get("PGHOST", ""),
        "PORT": os.environ.get("PGPORT", ""),
        "USER": os.environ.get("PGUSER", ""),
    }
    for alias, name in ALIASES.items()
}

"""Where everything is. Each room keeps its own urls; this mounts them."""

from importlib.util import find_spec

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from huhang.config import pages
from huhang.config.api import api
from huhang.metrics.pages.prometheus import prometheus

ROOMS = ("network", "journey", "desk", "quality", "metrics", "channels")

# One door for everybody: Django's own would let passwords be tried without end.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("login/", pages.login, name="login"),
    path("login/", pages.login, name="account_login"),  # allauth asks for its own name
    path("logout/", pages.logout, name="logout"),
    path("language/", pages.language, name="language"),
    path("search/", pages.search, name="search"),
    path("keys/", pages.keys, name="keys"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("metrics", prometheus, name="prometheus"),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]
urlpatterns += [
    path(f"{room}/", include(f"huhang.{room}.urls")) for room in ROOMS if find_spec(f"huhang.{room}.urls")
]
if find_spec("huhang.channels.public_urls"):
    urlpatterns.append(path("c/", include("huhang.channels.public_urls")))
if find_spec("huhang.desk.public_urls"):
    urlpatterns.append(path("p/", include("huhang.desk.public_urls")))
if find_spec("huhang.quality.public_urls"):
    urlpatterns.append(path("s/", include("huhang.quality.public_urls")))
if find_spec("huhang.journey.public_urls"):
    urlpatterns.append(path("r/", include("huhang.journey.public_urls")))

handler400 = "huhang.config.pages.malformed"
handler403 = "huhang.config.pages.forbidden"
handler404 = "huhang.config.pages.not_found"
handler500 = "huhang.config.pages.failed"

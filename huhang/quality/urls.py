"""Where the pages of quality are, below /quality/."""

from django.urls import URLPattern, path

from huhang.quality.pages import first_time, satisfaction, terms, unhappy

SHEETS = {
    "satisfaction": satisfaction.export,
    "unhappy": unhappy.export,
    "first_time": first_time.export,
    "contacts": first_time.contacts_export,
}
app_name = "quality"
urlpatterns: list[URLPattern] = [
    path("", satisfaction.page, name="satisfaction"),
    path("unhappy/", unhappy.page, name="unhappy"),
    path("unhappy/<int:survey_id>/number/", unhappy.number, name="number"),
    path("call-backs/<int:call_back_id>/done/", unhappy.finish, name="finish"),
    path("call-backs/<int:call_back_id>/<slug:verb>/", unhappy.work, name="work"),
    path("first-time/", first_time.page, name="first_time"),
    path("contacts/", first_time.contacts, name="contacts"),
    path("terms/", terms.page, name="terms"),
]
urlpatterns += [
    path(f"{name}.{form}", view, {"form": form}, name=f"{name}_{form}")
    for name, view in SHEETS.items()
    for form in ("csv", "xlsx")
]

"""Pages of the parcel."""

from django.urls import path

from huhang.journey.pages import hits, intake, rules, trace

app_name = "journey"
urlpatterns = [
    path("", trace.find, name="find"),
    path("w/<str:no>/", trace.show, name="trace"),
    path("w/<str:no>/reveal/<slug:whose>/", trace.reveal, name="reveal"),
    path("hits/", hits.listed, name="hits"),
    path("hits.csv", hits.download, name="hits_csv"),
    path("rules/", rules.listed, name="rules"),
    path("rules/<slug:slug>/", rules.show, name="rule"),
    path("rules/<slug:slug>/copy/", rules.copy, name="rule_copy"),
    path("rules/<slug:slug>/switch/", rules.switch, name="rule_switch"),
    path("intake/", intake.listed, name="intake"),
    path("intake/<int:seq>/rejects.csv", intake.rejects, name="intake_rejects"),
]

"""Pages of the parcel."""

from django.urls import path

from huhang.journey.pages import (
    hits,
    intake,
    previews,
    pushes,
    reminder_policies,
    reminders,
    rules,
    storms,
    trace,
)

app_name = "journey"
urlpatterns = [
    path("", trace.find, name="find"),
    path("w/<str:no>/", trace.show, name="trace"),
    path("w/<str:no>/reveal/<slug:whose>/", trace.reveal, name="reveal"),
    path("hits/", hits.listed, name="hits"),
    path("hits.csv", hits.download, name="hits_csv"),
    path("rules/", rules.listed, name="rules"),
    path("rules/new/", rules.new, name="rule_new"),
    path("rules/preview/", rules.preview, name="rule_preview"),
    path("rules/<slug:slug>/", rules.show, name="rule"),
    path("rules/<slug:slug>/copy/", rules.copy, name="rule_copy"),
    path("rules/<slug:slug>/switch/", rules.switch, name="rule_switch"),
    path("storms/", storms.listed, name="storms"),
    path("storms/new/", storms.declare, name="storm_new"),
    path("storms/banner/", storms.banner, name="storm_banner"),
    path("storms/preview/", storms.preview, name="storm_preview"),
    path("storms/<int:storm_id>/", storms.change, name="storm"),
    path("storms/<int:storm_id>/end/", storms.end, name="storm_end"),
    path("storms/<int:storm_id>/ending/", storms.ending, name="storm_ending"),
    path("previews/<int:preview_id>/", previews.show, name="preview"),
    path("reminders/", reminders.listed, name="reminders"),
    path("reminders/mine/", reminders.mine, name="my_reminders"),
    path("reminders/mine/handle/", reminders.acknowledge, name="reminders_handle"),
    path("reminders/mine/not-mine/", reminders.pass_on, name="reminders_pass_on"),
    path("reminders.csv", reminders.export, {"form": "csv"}, name="reminders_csv"),
    path("reminders.xlsx", reminders.export, {"form": "xlsx"}, name="reminders_xlsx"),
    path("reminders/policies/", reminder_policies.listed, name="reminder_policies"),
    path("reminders/policies/new/", reminder_policies.own, name="reminder_policy_new"),
    path("reminders/policies/share/", reminder_policies.share, name="control_share"),
    path("reminders/policies/<int:policy_id>/", reminder_policies.change, name="reminder_policy"),
    path("reminders/policies/<int:policy_id>/drop/", reminder_policies.drop, name="reminder_policy_drop"),
    path("intake/", intake.listed, name="intake"),
    path("in/<str:key>/", pushes.push, name="push"),
    path("intake/<int:seq>/rejects.csv", intake.rejects, name="intake_rejects"),
]

"""Addresses of the ground, under /network/."""

from django.urls import path

from huhang.network.pages import forms, imports, lists, people, units
from huhang.network.pages.listings import LISTINGS

app_name = "network"

urlpatterns = [
    path("", units.tree, name="units"),
    path("roles/", people.roles, name="roles"),
    path("people/", people.listing, name="people"),
    path("people/export.csv", people.export, name="people-export"),
    path("people/new/", people.edit, name="person-new"),
    path("people/<str:username>/", people.person, name="person"),
    path("people/<str:username>/edit/", people.edit, name="person-edit"),
    path("people/<str:username>/reveal/", people.show, name="person-reveal"),
    path("people/<str:username>/grants/", people.give, name="give"),
    path("people/<str:username>/grants/<int:grant_id>/withdraw/", people.withdraw, name="withdraw"),
    path("people/<str:username>/password/", people.password, name="password"),
    path("people/<str:username>/tokens/", people.issue, name="issue"),
    path("people/<str:username>/tokens/<int:token_id>/revoke/", people.revoke, name="revoke"),
    path("imports/", imports.home, name="imports"),
    path("imports/<int:run_id>/", imports.receipt, name="import"),
    path("imports/<int:run_id>/write/", imports.write, name="import-write"),
    path("imports/<int:run_id>/rejects.csv", imports.rejects, name="import-rejects"),
    path("imports/<slug:kind>.csv", imports.sample, name="import-sample"),
    *(path(f"{kind}/", lists.listing, {"kind": kind}, name=kind) for kind in LISTINGS),
    path("<slug:kind>/export.<slug:file>", lists.export, name="export"),
    path("<slug:kind>/new/", forms.edit, name="new"),
    path("<slug:kind>/<str:key>/edit/", forms.edit, name="edit"),
    path("<slug:kind>/<str:key>/reveal/", lists.show, name="reveal"),
]

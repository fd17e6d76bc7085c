"""Addresses in messages to couriers and outlets, below /r/."""

from django.urls import path

from huhang.journey.pages import reminder_link

app_name = "reminder"
urlpatterns = [
    path("<str:token>", reminder_link.page, name="page"),
    path("<str:token>/handle", reminder_link.handle, name="handle"),
    path("<str:token>/not-mine", reminder_link.pass_on, name="not_mine"),
]

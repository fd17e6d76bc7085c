"""The customer's addresses, below /p/."""

from django.urls import path

from huhang.desk.pages import progress

app_name = "progress"
urlpatterns = [
    path("", progress.nothing, {"token": ""}, name="nothing"),
    path("<str:token>", progress.page, name="page"),
    path("<str:token>/rate", progress.rate, name="rate"),
    path("<str:token>/say", progress.say, name="say"),
]

"""The customer's addresses, below /s/."""

from django.urls import path

from huhang.quality.pages import survey

app_name = "survey"
urlpatterns = [
    path("<str:token>", survey.page, name="page"),
    path("<str:token>/answer", survey.answer, name="answer"),
]

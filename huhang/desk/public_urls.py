"""The customer's addresses, below /p/."""

from django.urls import path

from huhang.desk.pages import progress

app_name = "progress"
urlpatterns = [
    path("", progress.nothing, {"token": ""}, name="nothing"),
    path("<str:token>", progress.page, name="page"),
    path("<str:token>/embed", progress.embed, name="embed"),
    path("<str:token>/rate", progress.rate, name="rate"),
    path("<str:token>/say", progress.say, name="say"),
    path("<str:token>/human", progress.human, name="human"),
    path("<str:token>/solved", progress.solved, name="solved"),
    path("<str:token>/not-solved", progress.unsolved, name="unsolved"),
    path("<str:token>/files/<int:attachment_id>", progress.file, name="file"),
    path("<str:token>/files/<int:attachment_id>/small", progress.small, name="file_small"),
]

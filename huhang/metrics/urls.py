from django.urls import path

from huhang.metrics.pages import board, export

app_name = "metrics"
urlpatterns = [
    path("", board.show, name="board"),
    path("export/<slug:table>.<slug:suffix>", export.export, name="export"),
]

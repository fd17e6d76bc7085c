from django.urls import path

from huhang.channels import pages

app_name = "channels"
urlpatterns = [
    path("", pages.notices, name="notices"),
    path("bell/", pages.bell, name="bell"),
    path("<int:notice_id>/read/", pages.read, name="read"),
    path("read/", pages.read_all, name="read_all"),
]

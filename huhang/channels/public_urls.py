"""The customer's chat, below /c/<entrance>/."""

from django.urls import path

from huhang.channels.pages import talk, talk_member, talk_phone

app_name = "talk"
urlpatterns = [
    path("<slug:key>/", talk.page, name="page"),
    path("<slug:key>/widget.js", talk.widget, name="widget"),
    path("<slug:key>/begin", talk.begin, name="begin"),
    path("<slug:key>/news", talk.news, name="news"),
    path("<slug:key>/say", talk.say, name="say"),
    path("<slug:key>/human", talk.human, name="human"),
    path("<slug:key>/phone", talk_phone.phone, name="phone"),
    path("<slug:key>/member", talk_member.member, name="member"),
    path("<slug:key>/typing", talk.typing, name="typing"),
    path("<slug:key>/seen", talk.seen, name="seen"),
    path("<slug:key>/leave", talk.leave, name="leave"),
    path("<slug:key>/file", talk.file, name="file"),
]

"""Where the post office's pages are, below /channels/."""

from django.urls import path

from huhang.channels.pages import (
    accounts,
    call_intake,
    callbacks,
    calls,
    entrances,
    notices,
    queues,
    webhooks,
)

app_name = "channels"
urlpatterns = [
    path("", notices.notices, name="notices"),
    path("bell/", notices.bell, name="bell"),
    path("<int:notice_id>/read/", notices.read, name="read"),
    path("read/", notices.read_all, name="read_all"),
    path("in/<slug:key>/", callbacks.called_back, name="called_back"),
    path("in/<slug:key>/calls/", call_intake.take, name="calls_posted"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:call_id>/number/", calls.call_number, name="call_number"),
    path("calls/<int:call_id>/recordings/", calls.recordings, name="call_recordings"),
    path("calls/callbacks/<int:callback_id>/number/", calls.callback_number, name="callback_number"),
    path("calls/callbacks/<int:callback_id>/<slug:verb>/", calls.work, name="callback_work"),
    path("accounts/", accounts.listed, name="accounts"),
    path("accounts/add/", accounts.add, name="account_add"),
    path("accounts/stuck/", accounts.stuck, name="stuck"),
    path("accounts/stuck/<int:item_id>/again/", accounts.again, name="stuck_again"),
    path("accounts/<slug:key>/", accounts.one, name="account"),
    path("accounts/<slug:key>/try/", accounts.try_out, name="account_try"),
    path("accounts/<slug:key>/telephones/", accounts.telephone, name="telephone"),
    path("entrances/", entrances.listed, name="entrances"),
    path("entrances/ready/", entrances.ready, name="entrances_ready"),
    path("entrances/add/", entrances.add, name="entrance_add"),
    path("entrances/<slug:key>/", entrances.change, name="entrance"),
    path("entrances/<slug:key>/member_key/", entrances.member_key, name="member_key"),
    path("queues/", queues.listed, name="queues"),
    path("queues/add/", queues.add, name="queue_add"),
    path("queues/<slug:key>/", queues.change, name="queue"),
    path("webhooks/", webhooks.listed, name="webhooks"),
    path("webhooks/add/", webhooks.add, name="webhook_add"),
    path("webhooks/<int:webhook_id>/", webhooks.one, name="webhook"),
    path("webhooks/<int:webhook_id>/change/", webhooks.change, name="webhook_change"),
    path("webhooks/<int:webhook_id>/secret/", webhooks.secret, name="webhook_secret"),
    path("webhooks/<int:webhook_id>/rotate/", webhooks.rotate, name="webhook_rotate"),
    path("webhooks/<int:webhook_id>/remove/", webhooks.remove, name="webhook_remove"),
    path("webhooks/<int:webhook_id>/test/", webhooks.test, name="webhook_test"),
    path("webhooks/<int:webhook_id>/replay/", webhooks.replay, name="webhook_replay"),
    path("webhooks/<int:webhook_id>/<int:delivery_id>/again/", webhooks.again, name="webhook_again"),
]

"""Where the desk's pages are, below /desk/."""

from django.urls import path

from huhang.desk.pages import attachments, lists, opening, parcels, policies, proof, tickets, wall, window

app_name = "desk"
urlpatterns = [
    path("", window.window, name="window"),
    path("next/", window.claim_next, name="claim_next"),
    path("remind/", window.remind, name="remind"),
    path("claim/<str:no>/", window.claim, name="claim_in_window"),
    path("wall/", wall.wall, name="wall"),
    path("tickets/", lists.tickets, name="tickets"),
    path("tickets.csv", lists.export, {"form": "csv"}, name="tickets_csv"),
    path("tickets.xlsx", lists.export, {"form": "xlsx"}, name="tickets_xlsx"),
    path("open/", opening.open_case, name="open"),
    path("open/known/", opening.suggest, name="open_known"),
    path("policies/", policies.policies, name="policies"),
    path("policies/explain/", policies.explain, name="explain"),
    path("policies/<int:policy_id>/", policies.policy, name="policy"),
    path("policies/steps/<int:template_id>/", policies.template, name="template"),
    path("proof/", proof.page, name="proof"),
    path("proof.csv", proof.export, {"form": "csv"}, name="proof_csv"),
    path("proof.xlsx", proof.export, {"form": "xlsx"}, name="proof_xlsx"),
    path("t/<str:no>/", tickets.ticket, name="ticket"),
    path("t/<str:no>/parcel/", parcels.parcel, name="parcel"),
    path("t/<str:no>/delay/", parcels.delay, name="delay"),
    path("t/<str:no>/claim/", tickets.claim, name="claim"),
    path("t/<str:no>/answer/", tickets.answer, name="answer"),
    path("t/<str:no>/note/", tickets.note, name="note"),
    path("t/<str:no>/resolve/", tickets.resolve, name="resolve"),
    path("t/<str:no>/hand-over/", tickets.hand_over, name="hand_over"),
    path("t/<str:no>/hand-over/units/", tickets.hand_over_units, name="hand_over_units"),
    path("t/<str:no>/pause/", tickets.pause, name="pause"),
    path("t/<str:no>/resume/", tickets.resume, name="resume"),
    path("t/<str:no>/link/", tickets.link, name="link"),
    path("t/<str:no>/unlink/", tickets.unlink, name="unlink"),
    path("t/<str:no>/contact/", tickets.contact, name="contact"),
    path("t/<str:no>/files/", attachments.attachments, name="attachments"),
    path("t/<str:no>/files/add/", attachments.attach, name="attach"),
    path("t/<str:no>/files/video/", attachments.refer, name="refer_video"),
    path("t/<str:no>/files/<int:attachment_id>/show/", attachments.show, name="show_attachment"),
    path("files/<int:attachment_id>/", attachments.file, name="file"),
    path("files/<int:attachment_id>/small/", attachments.small, name="file_small"),
]

"""Pictures, files and references to videos that belong to a case."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from huhang.desk.rules.attachments import Attached

KIND_NAMES = {Attached.PICTURE: _("图片"), Attached.FILE: _("文件"), Attached.VIDEO_REF: _("监控记录")}


class Attachment(models.Model):
    """One picture or file, kept in the file store under a random name, or the reference of a video kept elsewhere.

    The bytes were on disk before this row was: a row without its file never is, a file without its row is swept.
    """

    ticket = models.ForeignKey("desk.Ticket", models.CASCADE, related_name="attachments")
    # The step that it is evidence of, and the message that it came with.
    step = models.ForeignKey("desk.Step", models.SET_NULL, null=True, blank=True, related_name="attachments")
    entry = models.ForeignKey(
        "desk.Entry", models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    kind = models.CharField(max_length=16, choices=[(k.value, v) for k, v in KIND_NAMES.items()])
    # What its sender called it: shown and offered for saving, never part of a path.
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    stored = models.CharField(max_length=64, blank=True)
    # The small picture beside it, where there is one.
    small = models.CharField(max_length=64, blank=True)
    # Of a video: camera, time or address as somebody wrote it; never fetched.
    reference = models.CharField(max_length=300, blank=True)
    is_public = models.BooleanField(default=False)
    # Empty: the customer.
    by = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = _("附件")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["stored"], condition=~Q(stored=""), name="attachment_stored_once"
            ),
            models.CheckConstraint(
                condition=(Q(kind="video_ref", stored="", small="", is_public=False) & ~Q(reference=""))
                | (~Q(kind="video_ref") & ~Q(stored="") & ~Q(sha256="") & Q(reference="")),
                name="attachment_file_or_reference",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """Was it decoded and written anew by us, so that a browser may show it?"""
        return bool(self.small)

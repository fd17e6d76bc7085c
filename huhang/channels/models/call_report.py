"""What agents write down after calls; the call itself is made of events alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from huhang.channels.models.call import Call
from huhang.channels.rules.call_reports import CallReason, CallResult
from huhang.network.models import Person

REASON_NAMES = {
    CallReason.WHERE: _("查件"),
    CallReason.URGE: _("催件"),
    CallReason.CHANGE: _("改约改址"),
    CallReason.PICKUP: _("寄件揽收"),
    CallReason.DAMAGED: _("破损短少"),
    CallReason.LOST: _("丢失"),
    CallReason.COMPLAINT: _("服务投诉"),
    CallReason.FEE: _("费用"),
    CallReason.OTHER: _("其他来意"),
}
RESULT_NAMES = {
    CallResult.SOLVED: _("当场解决"),
    CallResult.CASE: _("已建工单"),
    CallResult.CALL_AGAIN: _("需再联系客户"),
    CallResult.PASSED_ON: _("转其他部门"),
    CallResult.CUT_OFF: _("通话中断"),
    CallResult.WRONG_NUMBER: _("拨错或骚扰"),
}


class CallReport(models.Model):
    """One for each call; whoever talked writes it, and may correct it."""

    call = models.OneToOneField(Call, models.CASCADE, related_name="report")
    by = models.ForeignKey(Person, models.PROTECT, related_name="call_reports")
    at = models.DateTimeField()
    reason = models.CharField(max_length=16, choices=[(k.value, v) for k, v in REASON_NAMES.items()])
    result = models.CharField(max_length=16, choices=[(k.value, v) for k, v in RESULT_NAMES.items()])
    note = models.CharField(max_length=1000, blank=True)
    # Which parcel it was about, and the case that was opened for it, by their numbers: cases live in a room above.
    waybill_no = models.CharField(max_length=40, blank=True)
    case_no = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("通话小结")
        verbose_name_plural = _("通话小结")
        indexes = [models.Index(fields=["by", "-at"], name="call_report_of_person")]

    def __str__(self) -> str:
        return f"{self.reason} {self.result}"

"""The worked examples that Aliyun and Tencent publish: our signers, and the fakes that check them, reproduce both."""

from datetime import UTC, datetime

from huhang.channels.adapters.aliyun_sms import acs3
from huhang.channels.adapters.tencent_sms import tc3
from tests.channels.fakes.sms_servers import acs3_signature, tc3_signature

# help.aliyun.com, "V3版本请求体&签名机制", the example with fixed values.
ALIYUN = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
}
ALIYUN_QUERY = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
ALIYUN_SIGNATURE = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
# cloud.tencent.com, "签名方法 v3", DescribeInstances at 1551113065. The stars are what the document signs with.
TENCENT_BODY = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
TENCENT = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
AT = datetime.fromtimestamp(1551113065, UTC)


class TestThePublishedExample:
    def test_of_aliyun_reproduces(self):
        params = dict(pair.split("=") for pair in reversed(ALIYUN_QUERY.split("&")))
        assert acs3.query_of(params) == ALIYUN_QUERY
        assert acs3.authorization(
            "YourAccessKeyId", "YourAccessKeySecret", method="POST", query=ALIYUN_QUERY, headers=ALIYUN
        ) == (
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
            f"x-acs-date;x-acs-signature-nonce;x-acs-version,Signature={ALIYUN_SIGNATURE}"
        )

    def test_of_aliyun_is_known_to_the_fake(self):
        names = ";".join(sorted(ALIYUN))
        assert acs3_signature("YourAccessKeySecret", ALIYUN_QUERY, ALIYUN, names, b"") == ALIYUN_SIGNATURE

    def test_of_tencent_reproduces(self):
        """The document of 2019 signs two headers …"""
        made = tc3.authorization(
            "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", "Gu5t9xGARNpq86cd98joQYCN3*******",
            service="cvm", at=AT, headers=TENCENT, body=TENCENT_BODY,
        )  # fmt: skip
        assert made == (
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, "
            "SignedHeaders=content-type;host, "
            "Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"
        )

    def test_of_tencent_with_its_action_reproduces(self):
        """… that of today three, with 32 stars for a key."""
        headers, stars = TENCENT | {"x-tc-action": "describeinstances"}, "*" * 32
        made = tc3.authorization(
            f"AKID{stars}", stars, service="cvm", at=AT, headers=headers, body=TENCENT_BODY
        )
        published = "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
        assert made.endswith(f"SignedHeaders=content-type;host;x-tc-action, Signature={published}")
        names = ";".join(sorted(headers))
        assert tc3_signature(stars, "cvm", headers, names, TENCENT_BODY, 1551113065) == published


def test_characters_are_encoded_as_the_document_says():
    assert acs3.query_of({"b": "a b*~/", "a": "值"}) == "a=%E5%80%BC&b=a%20b%2A~%2F"

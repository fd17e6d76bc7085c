"""Sentences that rules and adapters say in Chinese, listed so that the catalogues translate them.

Neither knows Django: they raise or tell the sentence, a page shows it with `shown`. `tests/channels/test_sayings.py`
finds the one that is missing here.
"""

from django.utils.translation import gettext_noop as _

SAID = (
    # rules/quotas.py
    _("客户超过 48 小时没有来消息，平台不再允许发送；请换其他方式联系"),
    _("本轮可发送的条数已用完，客户再来消息后才能发送；请换其他方式联系"),
    _("客户没有关注或已取消关注，平台不允许发送；请换其他方式联系"),
    _("客户拒收消息或没有订阅这类通知；请换其他方式联系"),
    _("这段内容要分成多条发送，超过了本轮还能发送的条数；请缩短后再发"),
    _("会话已结束或由他人接待，平台不允许发送；客户再来消息后才能发送"),
    # adapters/aliyun_sms/setup.py
    _("阿里云短信"),
    _("填到短信服务控制台：通用设置 → 消息接收（HTTP 批量推送），状态报告和上行短信都填它"),
    _("短信签名"),
    _("通用模板编号"),
    _("模板里的变量名"),
    _("回调密钥"),
    _("整段文字作为一个变量的模板"),
    _("默认 content"),
    _("自己定一个长的随机串；平台不签名，靠它辨认"),
    # adapters/aliyun_sms/sms.py
    _("短信不含附件"),
    _("当日发送记录过多，无法确认此前是否已发出"),
    _("没有配置短信模板"),
    _("超出可查询发送记录的期限，无法确认此前是否已发出"),
    # adapters/ami/setup.py
    _("话务：Asterisk"),
    _("地址"),
    _("端口"),
    _("AMI 用户"),
    _("AMI 密码"),
    _("默认 5038"),
    # adapters/call_http/setup.py
    _("话务：其他交换机（HTTP 推送）"),
    _("填到交换机的事件推送设置；每次推送都要用签名密钥签名"),
    _("签名密钥"),
    # adapters/cmpp/hatch.py
    _("短信网关未连接：没有工作进程持有线路"),
    _("持有线路的工作进程没有答复"),
    # adapters/cmpp/sending.py
    _("网关没有答复，此前是否已发出不明，为避免重复发送不再发送"),
    _("资费代码错"),
    _("业务代码错"),
    _("本网关不负责此计费号码"),
    _("源号码错"),
    _("企业代码错"),
    _("计费号码错"),
    _("消息结构错"),
    _("命令字错"),
    _("消息序号重复"),
    _("消息长度错"),
    _("超过最大信息长"),
    _("目的号码错"),
    _("网关流量控制"),
    _("网关答非所问"),
    _("正在发送，等待网关答复"),
    _("网关没有答复"),
    # adapters/cmpp/session.py
    _("非法源地址"),
    _("认证错"),
    _("版本太高"),
    _("网关关闭了连接"),
    _("其他错误"),
    # adapters/cmpp/setup.py
    _("运营商短信（CMPP）"),
    _("网关地址"),
    _("企业代码（登录名）"),
    _("密码"),
    _("接入号"),
    _("业务代码"),
    _("协议版本"),
    _("每秒条数"),
    _("默认 7890"),
    _("2.0 或 3.0，默认 2.0"),
    _("和运营商约定的上限；留空不限"),
    # adapters/cmpp/station.py
    _("正在登录"),
    _("连接中断，正在重连"),
    # adapters/esl/setup.py
    _("话务：FreeSWITCH"),
    _("ESL 密码"),
    _("默认 8021"),
    # adapters/tencent_sms/setup.py
    _("腾讯云短信"),
    _("填到短信控制台：应用管理 → 回调配置，状态报告和短信回复都填它"),
    _("地域"),
    _("默认 ap-guangzhou"),
    # adapters/tencent_sms/sms.py
    _("此前是否已发出不明，为避免重复发送不再发送"),
    _("短信模板参数不是 JSON"),
    # adapters/wechat/notices.py
    _("模板参数不是 JSON 对象"),
    # adapters/wechat/setup.py
    _("微信公众号"),
    _("填到公众平台：设置与开发 → 基本配置 → 服务器地址"),
    _("令牌（Token）"),
    _("消息加解密密钥（EncodingAESKey）"),
    _("请在公众平台选择安全模式并填写；只有明文模式才留空"),
    # adapters/wecom/reading.py
    _("企业微信未能送达（fail_type {}）"),
    # adapters/wecom/setup.py
    _("企业微信客服"),
    _("填到企业微信管理后台：微信客服 → 可调用接口的应用 → 接收消息"),
    _("企业 ID（corpid）"),
    _("客服账号 ID（open_kfid）"),
    _("应用 Secret"),
    _("没有指定客服账号的消息由它发出"),
    # adapters/weibo/setup.py
    _("微博粉丝服务"),
    _("填到微博：粉丝服务 → 高级功能 → 开发模式"),
    _("有效期一年，到期前请更换"),
    # adapters/weixin/api.py
    _("上次发送时线路中断，无法确认客户是否收到；请核对后再决定是否重发"),
    # adapters/weixin/parts.py
    _("这个渠道不能发送这种内容"),
    _("只送达了前一部分，其余未送达"),
)

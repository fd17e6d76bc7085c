"""What simulated customers write and simulated colleagues answer."""

from huhang.config.demo.parcels import Trouble
from huhang.desk.rules.kinds import Kind

# (kind, trouble) → (title, body); the row of no trouble serves every trouble without one of its own.
ASKS: dict[tuple[Kind, Trouble], tuple[tuple[str, str], ...]] = {
    (Kind.INQUIRY, Trouble.NONE): (
        ("询问预计送达时间", "想问一下{goods}今天能送到吗？我下午要出门。"),
        ("要求改约派送时间", "白天家里没人，能不能晚上六点以后送？"),
        ("询问派件员联系方式", "显示派送中，但没有接到电话，怎么联系派件员？"),
        ("修改收件门牌", "门牌号写错了一位，麻烦派件前改一下。"),
        ("询问能否放到驿站", "我这两天不在家，可以帮我放到驿站吗？"),
    ),
    (Kind.INQUIRY, Trouble.MISSED_OUT): (
        ("询问签收情况", "短信说已签收，我还没看到派送信息，想确认一下是谁收的。"),
    ),
    (Kind.INQUIRY, Trouble.FAILED): (
        ("询问为何未派到", "显示派件未成功，可是我电话一直开着，能再送一次吗？"),
    ),
    (Kind.INQUIRY, Trouble.HELD): (("询问留仓原因", "件到网点了怎么没派？今天能安排吗？"),),
    (Kind.INQUIRY, Trouble.REFUSED): (("询问退件进度", "货我拒收了，什么时候退回{shop}？"),),
    (Kind.URGE, Trouble.NONE): (
        ("催派件", "{goods}比较急用，到网点了麻烦尽快派送。"),
        ("催派件", "两天没更新了，麻烦看一下到哪里了。"),
        ("催派件", "明天就要用了，请今天一定送到，谢谢。"),
    ),
    (Kind.URGE, Trouble.LATE_LINE): (
        ("轨迹停滞，催促转运", "一直停在转运途中，比承诺的时间晚了，请帮忙催一下。"),
    ),
    (Kind.URGE, Trouble.MISSORTED): (("件被送到别的网点", "怎么送到另一个区去了？请尽快转回来。"),),
    (Kind.URGE, Trouble.LOST): (("长时间无更新", "好几天没有物流信息了，是不是丢了？"),),
    (Kind.COMPLAINT, Trouble.NONE): (
        ("投诉派件员未打电话", "没有打电话就把件放门口了，楼道里人来人往的，很不放心。"),
        ("投诉服务态度", "打电话问派件时间，对方很不耐烦直接挂断。"),
        ("投诉派送延误", "承诺的时间过了还没有送到，问了几次都说在路上。"),
    ),
    (Kind.COMPLAINT, Trouble.NO_CONSENT): (
        ("投诉未经同意放入驿站", "没有问我就放驿站了，我买的是{goods}，很重，要求送货上门。"),
    ),
    (Kind.COMPLAINT, Trouble.EARLY_SIGN): (("投诉虚假签收", "我根本没收到，物流却显示已签收，请给个说法。"),),
    (Kind.COMPLAINT, Trouble.DAMAGED): (("投诉外包装破损", "箱子都压扁了，里面的{goods}还没敢拆。"),),
    (Kind.CLAIM, Trouble.NONE): (
        ("破损理赔", "收到时外箱破损，里面的{goods}坏了，照片已发，要求赔偿。"),
        ("短少理赔", "{shop}寄的两件{goods}只收到一件，封口有重新粘过的痕迹。"),
    ),
    (Kind.CLAIM, Trouble.LOST): (("遗失理赔", "超过承诺时间很久，一直查不到，请按遗失处理。"),),
}
ANSWERS: dict[Kind, tuple[str, ...]] = {
    Kind.INQUIRY: (
        "您好，已为您查到包裹在本网点，今天会安排派送，派件前电话联系您。",
        "您好，已联系派件员，稍后由他给您回电确认时间。",
        "您好，已备注您的要求，派件员会按约定时间送达。",
    ),
    Kind.URGE: (
        "您好，让您久等了。已通知派件员优先派送，送达前会给您电话。",
        "您好，正在核实包裹位置，半小时内给您答复。",
    ),
    Kind.COMPLAINT: (
        "非常抱歉给您带来不便，我是网点负责人，已开始核实，一小时内给您答复。",
        "您反映的情况我们很重视，正在调取派送记录，核实后第一时间联系您。",
    ),
    Kind.CLAIM: (
        "非常抱歉。请保留外包装和物品照片，我们核实后立即转理赔处理。",
        "已收到您的材料，正在核实运输各环节，进度会在这里更新。",
    ),
    Kind.PREVENTION: (
        "您好，您的包裹今天没有按时送达，我们已在查找，找到后马上安排派送。",
        "您好，包裹在途中有所耽搁，网点正在处理，给您添麻烦了。",
    ),
}
RESULTS: dict[Kind, tuple[str, ...]] = {
    Kind.INQUIRY: ("已与您电话确认，按约定时间派送。", "已按您的要求更新派送信息。"),
    Kind.URGE: ("派件员已联系您并约好时间，今天送达。", "包裹已找到并安排优先派送。"),
    Kind.COMPLAINT: ("已核实并向您致歉，处理方案已电话说明。", "已重新送货上门，相关人员已接受再培训。"),
    Kind.CLAIM: ("核实完成，材料齐全。", "本环节已办结，赔付进度可在此页查看。"),
    Kind.PREVENTION: ("包裹已找到，已安排派送。", "已与客户电话说明并改约。", "已补扫签收，客户确认收到。"),
}
# Words of a rating: those of unhappy customers first.
VERDICTS: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("等得有点久", "说好的时间没有兑现", "希望能主动联系我"),
    ("回复很快，点赞", "师傅态度很好", "问题解决了，谢谢", "进度看得清楚，很放心"),
)

"""Words that the carrier is made of. Provinces, cities and districts are real; all else is invented."""

from random import Random

CARRIER = "顺翔快运（模拟）"
CARRIER_EN = "Shunxiang Express (simulated)"

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏"
    "程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚"
    "邵万钱严"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国志浩宇轩子涵雨欣梓晨思远嘉怡文博"
    "俊凯佳琪一鸣海燕春梅晓东立新永健少波丹妮雪莹家豪天佑若曦沐阳可心景行书瑶"
)
STREETS = [
    "青禾路", "望湖路", "云锦路", "广济路", "长乐街", "清风路", "东园路", "锦绣路",
    "学府路", "创业路", "滨河路", "翠竹街", "康宁路", "聚贤路", "映山路", "和平里",
    "双桥路", "金桂路", "流芳路", "春晓路",
]  # fmt: skip
ESTATES = [
    "青枫雅苑", "望湖花园", "云锦新村", "东篱小区", "听雨轩", "金桂家园", "学林公寓", "康桥名邸",
    "春晓苑", "清荷里", "橡树湾", "流芳佳园", "双桥新村", "创智园", "锦绣商务楼",
]  # fmt: skip
SHOPS = [
    "云织女装", "木禾家居", "小满母婴", "拾光数码", "山野茶铺", "橙果鲜生", "墨白文具", "北岸户外",
    "鹿鸣童装", "知味零食", "素然护肤", "半亩花房", "青瓷器皿", "悦耳乐器", "飞鸟书店", "暖冬羽绒",
    "海盐玩具", "简木灯饰", "巧手布艺", "远山咖啡",
]  # fmt: skip
GOODS = [
    "服装", "图书", "茶叶", "零食", "数码配件", "护肤品", "玩具", "小家电",
    "灯具", "文件", "鞋", "生鲜", "文具", "家纺", "五金",
]  # fmt: skip


def person(dice: Random) -> str:
    """A name that belongs to nobody we know."""
    return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2))))


def phone(number: int) -> str:
    """A number of a range that no operator gives out."""
    return f"1990000{number:04d}" if number < 10_000 else f"19900{number:06d}"


def address(dice: Random, city: str, district: str) -> str:
    door = f"{dice.randint(1, 28)}幢{dice.randint(1, 18)}0{dice.randint(1, 4)}室"
    return f"{city}市{district}{dice.choice(STREETS)}{dice.randint(2, 388)}号{dice.choice(ESTATES)}{door}"

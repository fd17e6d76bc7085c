"""Pictures that simulated customers and colleagues take: drawn when they are needed, and plainly drawings."""

from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

from huhang.kit.received import Given

SIZE = (480, 360)
FLOOR, CARTON, EDGE, TAPE, DARK = (
    (206, 203, 196),
    (190, 146, 96),
    (128, 92, 55),
    (232, 214, 170),
    (60, 44, 30),
)
SHELF, STEEL = (168, 176, 184), (112, 120, 128)
Draw = Callable[[ImageDraw.ImageDraw, Random], None]


def crushed(name: str, seed: str) -> Given:
    """A carton with a crushed corner."""
    return _picture(name, seed, _crushed)


def shelf(name: str, seed: str) -> Given:
    """A shelf of a warehouse with cartons on it."""
    return _picture(name, seed, _shelf)


def _picture(name: str, seed: str, draw: Draw) -> Given:
    image = Image.new("RGB", SIZE, FLOOR)
    draw(ImageDraw.Draw(image), Random(seed))
    content = BytesIO()
    image.save(content, "JPEG", quality=70)
    return Given(name, content.getvalue())


def _crushed(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    left, top = 90 + dice.randint(-20, 20), 80 + dice.randint(-15, 15)
    draw.rectangle((left, top, left + 290, top + 200), fill=CARTON, outline=EDGE, width=4)
    draw.rectangle((left + 130, top, left + 165, top + 200), fill=TAPE)
    corner = [(left + 210, top), (left + 290, top), (left + 290, top + 90), (left + 250, top + 50)]
    draw.polygon(corner, fill=DARK)
    for _crease in range(5):
        x, y = left + dice.randint(170, 250), top + dice.randint(20, 120)
        draw.line((x, y, x + dice.randint(20, 60), y + dice.randint(-30, 30)), fill=EDGE, width=3)
    draw.rectangle((left + 20, top + 130, left + 110, top + 180), fill=(248, 248, 246), outline=EDGE)


def _shelf(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    draw.rectangle((0, 0, *SIZE), fill=SHELF)
    for row in range(3):
        base = 110 + row * 110
        left = 20
        while left < SIZE[0] - 70:
            width, height = dice.randint(40, 80), dice.randint(40, 85)
            draw.rectangle((left, base - height, left + width, base), fill=CARTON, outline=EDGE, width=2)
            left += width + dice.randint(4, 22)
        draw.rectangle((0, base, SIZE[0], base + 10), fill=STEEL)

"""Pictures of the products as small SVG documents, drawn from a few shapes."""

import math
from collections.abc import Callable, Iterable

CRUST, DARK, LIGHT, CREAM, BERRY, COCOA = "#c9813a", "#8f5320", "#e9b872", "#fbe9c9", "#b3274c", "#5b3420"
_SIZE = 320
_MIDDLE = _SIZE / 2


def _path(data: str, fill: str = "none", stroke: str = "none", width: float = 0) -> str:
    pen = f' stroke="{stroke}" stroke-width="{width:g}" stroke-linecap="round"' if width else ""
    return f'<path d="{data}" fill="{fill}"{pen}/>'


def _ellipse(x: float, y: float, rx: float, ry: float, fill: str, angle: float = 0) -> str:
    turn = f' transform="rotate({angle:g} {x:g} {y:g})"' if angle else ""
    return f'<ellipse cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}" fill="{fill}"{turn}/>'


def _lines(starts: Iterable[tuple[float, float]], to: tuple[float, float], color: str, width: float) -> str:
    return "".join(
        _path(f"M{x:g} {y:g}q8 4 {to[0]:g} {to[1]:g}", stroke=color, width=width) for x, y in starts
    )


def _scattered(count: int, rx: float, ry: float, y: float, color: str, size: float = 3.5) -> str:
    """Seeds or crumbs in a sunflower's order: even, and the same each time."""
    dots = []
    for number in range(count):
        radius, angle = math.sqrt((number + 0.5) / count), number * 2.39996
        spot = (_MIDDLE + rx * radius * math.cos(angle), y + ry * radius * math.sin(angle))
        dots.append(
            _ellipse(round(spot[0], 1), round(spot[1], 1), size, size * 0.7, color, number * 40 % 180)
        )
    return "".join(dots)


def _sourdough() -> str:
    return (
        _ellipse(160, 172, 112, 82, DARK)
        + _ellipse(160, 164, 108, 76, CRUST)
        + _path("M84 168C110 116 210 116 236 168", stroke=CREAM, width=9)
        + _lines([(112, 186), (148, 196), (184, 192)], (26, 14), LIGHT, 7)
        + _scattered(26, 92, 58, 164, CREAM, 2.2)
    )


def _rye() -> str:
    return (
        _path("M56 210V160c0-52 208-52 208 0v50q0 14-14 14H70q-14 0-14-14z", COCOA)
        + _path("M66 164c0-42 188-42 188 0", stroke=DARK, width=10)
        + _lines([(104, 140), (148, 132), (192, 134)], (20, 26), CREAM, 6)
        + _scattered(20, 84, 24, 190, LIGHT, 2.6)
    )


def _baguette() -> str:
    cuts = "".join(
        _path(f"M{x} {250 - x * 0.62:g}q22-2 30-30", stroke=CREAM, width=8) for x in (76, 122, 168, 214)
    )
    return (
        f"<g>{_ellipse(160, 166, 142, 36, DARK, -32)}{_ellipse(158, 160, 138, 31, CRUST, -32)}"
        f"{_path('M50 214Q150 166 262 84', stroke=LIGHT, width=5)}</g>{cuts}"
    )


def _bun() -> str:
    return (
        _path("M56 190c0-76 48-110 104-110s104 34 104 110q0 40-104 40T56 190z", CRUST)
        + _path("M80 172c4-48 40-72 80-72s70 20 78 62", stroke=LIGHT, width=10)
        + _path("M60 200q100 34 200 0-8 30-100 30T60 200z", LIGHT)
        + _scattered(34, 76, 44, 140, COCOA, 2.8)
    )


def _cinnamon_bun() -> str:
    points = []
    for step in range(121):
        angle, radius = step * math.pi / 20, 10 + step * 0.72
        points.append(f"{160 + radius * math.cos(angle):.1f} {164 + radius * math.sin(angle) * 0.92:.1f}")
    spiral = "M" + "L".join(points)
    return (
        _ellipse(160, 168, 112, 104, DARK)
        + _ellipse(160, 164, 108, 100, LIGHT)
        + _path(spiral, stroke=DARK, width=13)
        + _path("M92 132q30-34 66-22t50 34M104 196q40 30 92 10", stroke="#fffaf0", width=11)
    )


def _pretzel() -> str:
    rope = "M160 236C40 232 30 92 102 92c60 0 52 84 108 128M160 236c120-4 130-144 58-144-60 0-52 84-108 128"
    return (
        _path(rope, stroke=DARK, width=32)
        + _path(rope, stroke=CRUST, width=24)
        + _path("M160 232C60 226 56 104 102 100", stroke=LIGHT, width=5)
        + _scattered(16, 84, 18, 226, "#ffffff", 4)
    )


def _croissant() -> str:
    body = "M40 214C44 120 96 78 160 78s116 42 120 136q-36 20-62-18-14-36-58-36t-58 36q-26 38-62 18z"
    folds = (
        "M104 92q0 50 16 84M136 80q0 50 8 82M184 80q0 50-8 82M216 92q0 50-16 84"
        "M74 122q8 44 24 66M246 122q-8 44-24 66"
    )
    return (
        _path(body, CRUST, DARK, 6)
        + _path(folds, stroke=DARK, width=5)
        + _path("M92 110q30-24 62-24", stroke=LIGHT, width=8)
    )


def _pain_au_chocolat() -> str:
    return (
        _path("M52 128q108-40 216 0 18 40 0 84-108 34-216 0-18-44 0-84z", CRUST, DARK, 6)
        + _path("M104 116q-8 54 0 106M160 110q-4 60 0 118M216 116q8 54 0 106", stroke=DARK, width=5)
        + _path("M70 132q90-28 180 0", stroke=LIGHT, width=8)
        + "".join(_ellipse(x, y, 9, 12, COCOA) for x in (52, 268) for y in (152, 188))
    )


def _danish() -> str:
    berries = ((138, 150), (176, 144), (158, 176), (190, 176), (128, 180), (160, 158))
    return (
        _ellipse(160, 166, 112, 98, DARK)
        + _ellipse(160, 162, 108, 94, CRUST)
        + _path("M70 150q90-80 180 0M76 190q84 70 168 0", stroke=LIGHT, width=9)
        + _ellipse(160, 164, 66, 54, CREAM)
        + "".join(_ellipse(x, y, 18, 17, BERRY) + _ellipse(x - 5, y - 6, 5, 4, "#e46a86") for x, y in berries)
    )


def _cheesecake() -> str:
    return (
        _path("M48 176L250 104q22 20 22 46L60 214z", CREAM, LIGHT, 4)
        + _path("M60 214L272 150v58L64 244z", "#f4d58d")
        + _path("M64 244L272 208v18L66 262z", DARK)
        + _path("M120 160q40-34 84-28 20 14-14 24-44 12-70 4z", BERRY)
        + _path("M150 158q2 34 8 42M192 142q2 24 8 30", stroke=BERRY, width=9)
    )


def _cookie() -> str:
    return (
        _ellipse(160, 166, 108, 104, DARK)
        + _ellipse(160, 162, 104, 100, LIGHT)
        + _scattered(15, 80, 76, 162, COCOA, 11)
        + _scattered(40, 92, 88, 164, CRUST, 3)
    )


def _macarons() -> str:
    drawn = []
    for x, y, color in ((110, 196, "#e8a0b4"), (210, 196, "#a9c98b"), (160, 116, "#cda7d8")):
        drawn += [
            _path(f"M{x - 54} {y}q0-40 54-40t54 40z", color),
            _path(f"M{x - 54} {y + 18}q0 34 54 34t54-34z", color),
            _path(f"M{x - 54} {y + 9}h108", stroke=CREAM, width=18),
            _path(f"M{x - 34} {y - 22}q14-12 34-12", stroke="#ffffff", width=5),
        ]
    return "".join(drawn)


DRAWINGS: dict[str, Callable[[], str]] = {
    "sourdough": _sourdough,
    "rye": _rye,
    "baguette": _baguette,
    "bun": _bun,
    "cinnamon-bun": _cinnamon_bun,
    "pretzel": _pretzel,
    "croissant": _croissant,
    "pain-au-chocolat": _pain_au_chocolat,
    "danish": _danish,
    "cheesecake": _cheesecake,
    "cookie": _cookie,
    "macarons": _macarons,
}
"""The drawings, by name."""


def draw(name: str, background: str) -> bytes:
    """Return the picture as an SVG document.

    Args:
        name: A key of ``DRAWINGS``.
        background: A CSS color.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" width="640" height="640">'
        f'<rect width="{_SIZE}" height="{_SIZE}" rx="28" fill="{background}"/>'
        + _ellipse(_MIDDLE, 262, 118, 20, "#00000022")
        + DRAWINGS[name]()
        + "</svg>"
    ).encode()

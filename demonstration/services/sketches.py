"""Drawn facades before, during and after the works, in place of photos: no place, no person, all invented."""

import io
import random
from collections.abc import Sequence

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT, FINER = 960, 640, 1.5
GROUND = 548
FLOORS = 6

Colour = tuple[int, int, int]

WALLS: dict[str, tuple[Colour, ...]] = {
    "before": ((164, 157, 145), (157, 152, 146), (170, 160, 142)),
    "during": ((168, 161, 149), (161, 156, 150), (172, 163, 147)),
    "after": ((232, 215, 186), (224, 204, 176), (236, 222, 200)),
}
SKIES: dict[str, tuple[Colour, Colour]] = {
    "before": ((150, 160, 168), (196, 200, 200)),
    "during": ((140, 168, 192), (206, 214, 216)),
    "after": ((112, 166, 210), (214, 230, 238)),
}


def sketch(phase: str, seed: str) -> SimpleUploadedFile:
    """A facade of one building, as `seed` has it, in a phase of its works; a JPEG as a phone would send it."""
    target = io.BytesIO()
    _Facade(phase, seed).draw().save(target, "JPEG", quality=82)
    return SimpleUploadedFile(f"{phase}.jpg", target.getvalue(), content_type="image/jpeg")


class _Facade:
    """The same building in each phase: what its seed decides is drawn from dice of its own."""

    def __init__(self, phase: str, seed: str) -> None:
        self.phase, self.seed = phase, seed
        shape = random.Random(seed)  # noqa: S311 -- chance, not secrecy
        self.bays = shape.choice((6, 8, 8))
        self.wall = WALLS[phase][shape.randrange(3)]
        self.left, self.right = shape.randint(70, 120), WIDTH - shape.randint(70, 120)
        self.top = shape.randint(60, 96)
        self.dice = random.Random(f"{seed} {phase}")  # noqa: S311 -- chance, not secrecy
        self.image = Image.new("RGB", (int(WIDTH * FINER), int(HEIGHT * FINER)))
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def draw(self) -> Image.Image:
        self._sky()
        self._wall()
        if self.phase == "before":
            self._stains()
        for floor in range(FLOORS):
            for bay in range(self.bays):
                self._window(floor, bay)
        self._entrances()
        self._ground()
        if self.phase == "before":
            self._wires()
        if self.phase == "during":
            self._scaffold()
        if self.phase == "after":
            self._trees()
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.4))

    def _box(self, left: float, top: float, right: float, bottom: float, colour: tuple[int, ...]) -> None:
        self.pen.rectangle([left * FINER, top * FINER, right * FINER, bottom * FINER], fill=colour)

    def _line(self, points: Sequence[tuple[float, float]], colour: tuple[int, ...], width: float) -> None:
        self.pen.line([(x * FINER, y * FINER) for x, y in points], fill=colour, width=round(width * FINER))

    def _sky(self) -> None:
        above, below = SKIES[self.phase]
        for y in range(GROUND):
            part = y / GROUND
            self._box(0, y, WIDTH, y + 1, tuple(round(a + (b - a) * part) for a, b in zip(above, below, strict=True)))

    def _wall(self) -> None:
        self._box(self.left, self.top, self.right, GROUND, self.wall)
        self._box(self.left - 8, self.top - 10, self.right + 8, self.top + 4, _darker(self.wall, 30))
        for floor in range(1, FLOORS):
            y = self._floor_top(floor)
            self._box(self.left, y - 2, self.right, y + 1, (*_darker(self.wall, 18), 160))
        if self.phase == "after":
            self._box(self.left, GROUND - 70, self.right, GROUND, (170, 116, 88))

    def _floor_top(self, floor: int) -> float:
        return self.top + (GROUND - self.top) * floor / FLOORS

    def _stains(self) -> None:
        for _ in range(70):
            x, y = self.dice.uniform(self.left, self.right - 12), self.dice.uniform(self.top, GROUND - 60)
            length = self.dice.uniform(30, 150)
            self._box(
                x, y, x + self.dice.uniform(3, 10), min(y + length, GROUND), (86, 80, 70, self.dice.randint(14, 46))
            )
        for _ in range(9):
            x, y = self.dice.uniform(self.left, self.right - 60), self.dice.uniform(self.top, GROUND - 60)
            corners = [(x + self.dice.uniform(0, 62), y + self.dice.uniform(0, 44)) for _ in range(6)]
            self.pen.polygon([(a * FINER, b * FINER) for a, b in corners], fill=(132, 112, 96, 150))

    def _window(self, floor: int, bay: int) -> None:
        wide, high = (self.right - self.left) / self.bays, (GROUND - self.top) / FLOORS
        x, y = self.left + wide * (bay + 0.2), self._floor_top(floor) + high * 0.24
        right, bottom = x + wide * 0.6, y + high * 0.5
        if self.phase == "after":
            self._box(x - 3, y - 3, right + 3, bottom + 3, (247, 244, 236))
            self._box(x, y, right, bottom, (96, 132, 158))
            self._box(x, y, (x + right) / 2, bottom, (122, 156, 180))
            self._line([((x + right) / 2, y), ((x + right) / 2, bottom)], (247, 244, 236), 2.5)
            self._box(x - 4, bottom + 3, right + 4, bottom + 8, (206, 190, 166))
            return
        glass = self.dice.choice(((70, 80, 86), (84, 92, 96), (60, 68, 74)))
        self._box(x - 2, y - 2, right + 2, bottom + 2, (116, 108, 100))
        self._box(x, y, right, bottom, glass)
        if self.dice.random() < 0.6:  # a rusty grille
            for step in range(1, 6):
                at = x + (right - x) * step / 6
                self._line([(at, y - 3), (at, bottom + 6)], (112, 74, 54), 1.6)
            self._line([(x - 4, bottom + 6), (right + 4, bottom + 6)], (112, 74, 54), 2.4)
        if self.dice.random() < 0.35:  # an awning of corrugated sheet
            self.pen.polygon(
                [
                    (x * FINER - 12, y * FINER - 4),
                    (right * FINER + 12, y * FINER - 4),
                    (right * FINER + 22, y * FINER + 22),
                    (x * FINER - 22, y * FINER + 22),
                ],
                fill=self.dice.choice(((92, 122, 128), (122, 112, 84), (126, 86, 74))),
            )
        if self.dice.random() < 0.4:
            self._box(right - 16, bottom + 8, right + 8, bottom + 24, (186, 182, 174))

    def _entrances(self) -> None:
        wide = (self.right - self.left) / self.bays
        for bay in range(1, self.bays, 2):
            x = self.left + wide * bay
            if self.phase == "after":
                self._box(x - 20, GROUND - 62, x + 20, GROUND, (70, 96, 108))
                self._box(x - 15, GROUND - 56, x - 1, GROUND, (126, 158, 170))
                self._box(x + 1, GROUND - 56, x + 15, GROUND, (126, 158, 170))
                self._box(x - 30, GROUND - 72, x + 30, GROUND - 64, (150, 60, 46))
            else:
                self._box(x - 17, GROUND - 58, x + 17, GROUND, (46, 44, 44))
                self._box(x - 17, GROUND - 58, x - 4, GROUND, (96, 84, 72))

    def _ground(self) -> None:
        self._box(
            0,
            GROUND,
            WIDTH,
            HEIGHT,
            {"before": (128, 122, 112), "during": (150, 136, 112)}.get(self.phase, (92, 96, 100)),
        )
        if self.phase == "after":
            self._box(0, GROUND, WIDTH, GROUND + 16, (122, 156, 92))
            for mark in range(20, WIDTH, 120):
                self._box(mark, GROUND + 54, mark + 60, GROUND + 58, (236, 236, 230))
            return
        for _ in range(14):
            x, y = self.dice.uniform(0, WIDTH), self.dice.uniform(GROUND + 14, HEIGHT - 8)
            span = self.dice.uniform(30, 110)
            self.pen.ellipse([x * FINER, y * FINER, (x + span) * FINER, (y + span / 6) * FINER], fill=(96, 92, 86, 150))

    def _wires(self) -> None:
        for _ in range(9):
            y, sag = self.dice.uniform(self.top + 20, GROUND - 150), self.dice.uniform(10, 46)
            points = [(x, y + sag * (1 - ((x - WIDTH / 2) / (WIDTH / 2)) ** 2)) for x in range(0, WIDTH + 1, 24)]
            self._line(points, (40, 40, 42, 230), 1.5)

    def _scaffold(self) -> None:
        for x in range(self.left - 14, self.right + 20, 46):
            self._line([(x, self.top - 16), (x, GROUND)], (150, 120, 60), 3)
        for floor in range(FLOORS + 1):
            y = self._floor_top(floor)
            self._line([(self.left - 16, y), (self.right + 16, y)], (160, 130, 72), 3.4)
            self._line([(self.left - 16, y - 28), (self.right + 16, y - 28)], (150, 120, 60), 1.6)
        self._box(self.left - 14, self.top - 14, self.right + 14, self._floor_top(3), (58, 122, 84, 108))

    def _trees(self) -> None:
        for _ in range(5):
            x, size = self.dice.uniform(20, WIDTH - 20), self.dice.uniform(34, 58)
            self._box(x - 4, GROUND - size, x + 4, GROUND + 10, (112, 84, 60))
            for _leaf in range(9):
                a, b = x + self.dice.uniform(-size, size) / 1.6, GROUND - size - self.dice.uniform(0, size)
                around = size * 0.42
                green = (self.dice.randint(72, 104), self.dice.randint(128, 156), self.dice.randint(70, 92), 232)
                box = [(a - around) * FINER, (b - around) * FINER, (a + around) * FINER, (b + around) * FINER]
                self.pen.ellipse(box, fill=green)


def _darker(colour: Colour, by: int) -> Colour:
    red, green, blue = (max(0, part - by) for part in colour)
    return red, green, blue

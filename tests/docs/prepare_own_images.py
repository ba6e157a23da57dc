"""What a reader of own-images.md has: the folder photos/ and a photograph. Drawn here: cats are reddish
and dogs bluish, with noise, of several sizes, as PPM files (one under the name that the page uses; the
content decides)."""
import random
from pathlib import Path

COLOURS = {"cat": (200, 90, 60), "dog": (60, 90, 200)}
PICTURES = {"train": 40, "test": 10}


def picture(colour, generator):
    width, height = generator.randrange(40, 90), generator.randrange(40, 90)
    pixels = bytes(min(255, max(0, channel + generator.randrange(-50, 50)))
                   for _ in range(width * height) for channel in colour)
    return b"P6\n%d %d\n255\n" % (width, height) + pixels


generator = random.Random(1)
for split, count in PICTURES.items():
    for name, colour in COLOURS.items():
        folder = Path("photos", split, name)
        folder.mkdir(parents=True)
        for index in range(count):
            (folder / f"{name}{index:03}.ppm").write_bytes(picture(colour, generator))
Path("photo.jpg").write_bytes(picture(COLOURS["dog"], generator))

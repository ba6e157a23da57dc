"""Images as Pillow reads them: every kind of file, all EXIF orientations, cropped and resized.

The pixels that the program has read are taken from its contact sheet, read back by Pillow."""
import io
import os
import struct
import tempfile

from peers import need, reslab

Image, ImageFile, ImageOps = need("PIL.Image", "PIL.ImageFile", "PIL.ImageOps")
numpy = need("numpy")
SIDE, PITCH, ORIENTATION = 32, 34, 0x0112


def noise(height, width, channels=3, levels=256):
    random = numpy.random.default_rng(height * width * channels)
    return random.integers(0, levels, (height, width, channels), dtype=numpy.uint8).squeeze()


def smooth(height, width):
    """Unlike itself in all eight orientations, and without the edges that JPEG makes much of."""
    y, x = numpy.mgrid[0:height, 0:width]
    return numpy.stack([y * 200 // height, x * 200 // width, (x + 2 * y) * 80 // height],
                       axis=2).astype(numpy.uint8)


def exif(orientation):
    data = Image.Exif()
    data[ORIENTATION] = orientation
    return data


def encoded(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


def bitmap(height, bits, pixels, masks=b""):
    """A BMP file of a kind that Pillow does not write; height < 0: rows from above."""
    head = struct.pack("<IiiHHIIiiII", 40, SIDE, height, 1, bits, 3 if masks else 0, 0, 0, 0, 0, 0)
    start = 14 + len(head) + len(masks)
    return struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start) + head + masks + pixels


def write_files(folder):
    """Names of all files, with the difference from Pillow's pixels that is allowed."""
    files = []

    def name(text, bound=0):
        files.append((text, bound))
        return os.path.join(folder, text)

    def save(text, pixels, mode=None, bound=0, **options):
        image = Image.fromarray(pixels)
        (image.convert(mode) if mode else image).save(name(text, bound), **options)

    def write(text, content, bound=0):
        with open(name(text, bound), "wb") as file:
            file.write(content)

    square = noise(SIDE, SIDE)
    for orientation in range(1, 9):
        turned = {"exif": exif(orientation)}
        # Two decoders of one standard may round differently.
        save(f"turned{orientation}.jpg", smooth(SIDE, SIDE), bound=2, quality=95, **turned)
        save(f"turned{orientation}.png", square, **turned)
        # Pillow rounds to 8 bits between its two passes, the program does not.
        save(f"large{orientation}.png", noise(97, 75), bound=1, **turned)
        save(f"turned{orientation}.webp", square, lossless=True, **turned)
    save("wide.jpg", smooth(50, 173), bound=2, quality=95, subsampling=0)
    save("progressive.jpg", smooth(SIDE, SIDE), bound=2, quality=95, progressive=True)
    save("grey.jpg", smooth(SIDE, SIDE), "L", bound=2, quality=95)
    save("cmyk.jpg", smooth(SIDE, SIDE), "CMYK", bound=2, quality=95)
    save("lossy.webp", smooth(SIDE, SIDE), bound=1, quality=90)
    save("odd.webp", smooth(61, 45), bound=1, quality=60)
    save("grey.webp", smooth(SIDE, SIDE), "L", lossless=True)
    save("large.webp", noise(97, 75), bound=1, lossless=True)
    # Flaws that cost no pixel: what lies beside the data, and an end that is missing.
    for form in ({}, {"progressive": True}):
        content = encoded(smooth(SIDE, SIDE), quality=95, **form)
        kind = "-".join(["flawed", *form])
        write(f"{kind}-strays.jpg", content[:-2] + bytes(20) + content[-2:], 2)
        write(f"{kind}-start.jpg", content[:2] + b"\xff\xef\0\4ab" + content[2:], 2)
        write(f"{kind}-end.jpg", content[:-2], 2)
        write(f"{kind}-more.jpg", content + b"more", 2)
    for mode in ("1", "L", "P", "RGB"):
        for ending in ("png", "bmp"):
            save(f"mode{mode}.{ending}", square, mode)
    for mode, ending in (("1", "pbm"), ("L", "pgm"), ("RGB", "ppm")):
        save(f"mode.{ending}", square, mode)
    save("alpha.bmp", noise(SIDE, SIDE, 4))
    flat = [str(value) for value in square.flatten()]
    write("text.ppm", f"P3 # three\n{SIDE} {SIDE}\n255\n{' '.join(flat)}\n".encode())
    write("text.pgm", f"P2 {SIDE} {SIDE} 255 {' '.join(flat[:SIDE * SIDE])}\n".encode())
    write("text.pbm", f"P1 {SIDE} {SIDE}\n".encode() + bytes(square[:, :, 0].flatten() % 2 + 48))
    # Halves are rounded up here, to the even number there.
    write("levels.ppm", f"P6 {SIDE} {SIDE} 99\n".encode() + noise(SIDE, SIDE, 3, 100).tobytes(), 1)
    write("words.ppm", f"P6 {SIDE} {SIDE} 65535\n".encode() + noise(SIDE, SIDE, 6).tobytes(), 1)
    write("above.bmp", bitmap(-SIDE, 24, square.tobytes()))
    write("masks.bmp", bitmap(SIDE, 32, noise(SIDE, SIDE, 4).tobytes(),
                              struct.pack("<III", 0xff000000, 0xff0000, 0xff00)))
    # Pillow cuts five bits to eight off where the program rounds.
    write("short.bmp", bitmap(SIDE, 16, noise(SIDE, SIDE, 2).tobytes()), 1)
    return sorted(files)


def expected(path):
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    return numpy.asarray(image.resize((SIDE, SIDE), Image.BILINEAR)).astype(int)


def main():
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # as viewers do
    with tempfile.TemporaryDirectory() as root:
        folder = os.path.join(root, "train", "a")
        for part in ("train/a", "train/b", "test/a", "test/b"):
            os.makedirs(os.path.join(root, part))
            Image.fromarray(noise(SIDE, SIDE)).save(os.path.join(root, part, "zz.png"))
        files = write_files(folder)
        sheet = os.path.join(root, "sheet.png")
        reslab("data", "sheet", root, "-o", sheet, "--columns", len(files), "--rows", 1)
        tiles = numpy.asarray(Image.open(sheet).convert("RGB")).astype(int)
        wrong = []
        for column, (name, bound) in enumerate(files):
            found = tiles[:SIDE, column * PITCH:column * PITCH + SIDE]
            difference = abs(found - expected(os.path.join(folder, name))).max()
            if difference > bound:
                wrong.append(f"{name}: differs by {difference}, expected {bound} at most")
    assert not wrong, "\n".join(wrong)
    print(f"{len(files)} images are as Pillow reads them")


main()

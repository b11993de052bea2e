"""Decodes one picture from standard input and writes it reduced, as grey levels. Run by `classifiers.artwork.read`.

Leaves with 0 and SIDE x SIDE bytes, or with 2 and a sentence on standard error.
"""

import resource
import sys
import warnings

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")


def limited(memory: int, seconds: int) -> None:
    """Nothing that the decoder does may take more than this, write a file or leave a dump of memory."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def reduced(most_pixels: int, side: int) -> bytes:
    """The picture on standard input as grey levels, over white where it is transparent."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(sys.stdin.buffer, formats=FORMATS) as picture:
        width, height = picture.size
        if width * height > most_pixels:
            raise ValueError(f"{width} x {height} are more than {most_pixels:,} pixels")
        if min(width, height) < 8:
            raise ValueError(f"{width} x {height} pixels are no cover")
        picture.draft("L", (4 * side, 4 * side))
        if picture.mode in ("RGBA", "LA", "PA", "P") or "transparency" in picture.info:
            coloured = picture.convert("RGBA")
            white = Image.new("RGBA", coloured.size, "white")
            grey = Image.alpha_composite(white, coloured).convert("L")
        else:
            grey = picture.convert("L")
        return grey.resize((side, side), Image.Resampling.BOX).tobytes()


def main() -> int:
    most_pixels, memory, seconds, side = (int(argument) for argument in sys.argv[1:5])
    limited(memory, seconds)
    warnings.simplefilter("ignore")
    try:
        data = reduced(most_pixels, side)
    except MemoryError:
        print("decoding takes more memory than a cover needs", file=sys.stderr)
        return 2
    except Exception as error:
        print(f"not read as a picture: {str(error) or type(error).__name__}", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())

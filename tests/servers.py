"""Real processes for tests: BiChat served on a port of its own, and the language model's loopback server."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from app.settings import UNPREFIXED
from tests.postgres import free_port

ROOT = Path(__file__).parent.parent
BICHAT = (sys.executable, "-m", "app")
START_TIMEOUT = 60
STOP_TIMEOUT = 20


def environment(data_dir: Path, **values: str) -> dict[str, str]:
    """Return this process's environment without any BiChat setting, then `values`.

    Unless they say otherwise it is offline, and no title is made unasked: that would be a call that no script knows.
    """
    foreign = {name.upper() for name in UNPREFIXED} | {"PYTHONDONTWRITEBYTECODE"}  # without bytecode every start takes seconds
    inherited = {name: value for name, value in os.environ.items() if name not in foreign and not name.startswith("BICHAT_")}
    model = {} if "OPENAI_API_KEY" in values else {"BICHAT_MODEL": "offline"}
    own = {"BICHAT_DATA_DIR": str(data_dir), "PYTHONWARNINGS": "default", "BICHAT_AUTOMATIC_TITLES": "false"}
    return inherited | own | model | values


def bichat(*arguments: str, data_dir: Path, standard_input: str = "", **values: str) -> subprocess.CompletedProcess[str]:
    """Run a `bichat` command to its end and return what it printed; a failure is for the caller to judge."""
    return subprocess.run(
        [*BICHAT, *arguments],
        env=environment(data_dir, **values),
        cwd=ROOT,
        input=standard_input,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


class Process:
    """A server in a process of its own, whose output goes to a file that failing tests show."""

    def __init__(self, command: list[str], env: Mapping[str, str], log: Path, port: int) -> None:
        self.command = command
        self.env = dict(env)
        self.log_path = log
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def start(self, path: str) -> None:
        """Start, and wait until `path` answers 200."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.command} ended with {self.process.returncode}:\n{self.log}")
            if answers(self.url + path):
                return
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"{self.command} did not answer in {START_TIMEOUT} s:\n{self.log}")

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Ask to end, wait for it and return the exit code."""
        assert self.process is not None
        self.process.send_signal(sent)
        try:
            return self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()


class Served(Process):
    """`bichat serve` on a free port. `kill()` and `restart()` keep the data directory and the port."""

    def __init__(self, data_dir: Path, log: Path, **values: str) -> None:
        port = int(values.pop("PORT", "0")) or free_port()
        env = environment(data_dir, PORT=str(port), HOST="127.0.0.1", LOG_FORMAT="json", **values)
        super().__init__([*BICHAT, "serve"], env, log, port)
        self.data_dir = data_dir

    def start(self, path: str = "/health/live") -> None:
        super().start(path)

    def restart(self, **values: str) -> None:
        """Start again after `kill()` or `stop()`, with changed settings if any are given."""
        self.env |= values
        self.start()


def answers(url: str) -> bool:
    """Tell whether a GET of `url` is answered 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False

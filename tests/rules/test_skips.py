"""Continuous integration skips nothing in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

SKIPPED = "import pytest\n@pytest.mark.skipif(True, reason='the file is not there')\ndef test_it(): pass\n"


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_a_skipped_test_fails_where_ci_is_set(tmp_path: Path, ci: str, code: int) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.no_skips", "-c", "/dev/null", f"--rootdir={tmp_path}", tmp_path]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, "the file is not there" in result.stdout) == (code, bool(code))


def test_continuous_integration_sets_it() -> None:
    assert "export CI=true" in (ROOT / ".ci/run").read_text(encoding="utf-8")

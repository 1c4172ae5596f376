"""What the field page's scripts decide without a page: their tests run in node."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="There is no node here. On Debian: apt-get install nodejs")
def test_the_scripts_of_the_field_page() -> None:
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/field_js").glob("*.test.mjs"))

    ran = subprocess.run(
        [str(NODE), "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )

    assert files
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-5_000:]

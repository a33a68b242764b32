"""What others wrote and pages load: exact versions, as they were published."""

import hashlib

import pytest

from onhand.console.assets import FOLDER

HASHES = {
    "htmx-4.0.1.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "uplot-1.6.32.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uplot-1.6.32.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
}


def test_every_vendored_file_is_listed():
    assert {path.name for path in (FOLDER / "vendor").iterdir()} == set(HASHES)


@pytest.mark.parametrize("name", HASHES)
def test_a_vendored_file_is_as_it_was_published(name):
    assert hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() == HASHES[name]

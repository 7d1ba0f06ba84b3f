"""The local cloud keeps to itself."""

import pytest

from devstack.stack import Stack

pytestmark = pytest.mark.servers


def test_what_was_uploaded_stays_in_the_stacks_own_folder(cloud: Stack) -> None:
    folder = cloud.directory.data("localstack") / "tmp" / "s3" / "gorder-artifacts"

    assert folder.is_dir()

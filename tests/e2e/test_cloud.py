"""The local cloud writes into its own folder only."""

import pytest

from devstack.stack import Stack

pytestmark = pytest.mark.servers


def test_s3_objects_are_stored_in_the_folder_of_the_stack(cloud: Stack) -> None:
    folder = cloud.directory.data("localstack") / "tmp" / "s3" / "gorder-artifacts"

    assert folder.is_dir()

"""The published pages in an S3 bucket.

The bucket's lifecycle deletes an object some days after it was written with the tag RETIRED, so a
file of an earlier release is written again, as a copy of itself. Publishing it removes the tag.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from gorder.pages.model import FileHeaders
from gorder.pages.ports import PagesUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RETIRED: Final = {"Key": "gorder", "Value": "retired"}


class S3Pages:
    """`PublishedPages` in a bucket without versions. A file's path is its key."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, path: str, content: bytes, headers: FileHeaders) -> None:
        with self._translated("write", path):
            self._client.put_object(
                Bucket=self._bucket,
                Key=path,
                Body=content,
                ContentType=headers.content_type,
                CacheControl=headers.cache_control,
            )

    def paths(self) -> list[str]:
        return [key for page in self._pages() for key in page]

    def retire(self, path: str, headers: FileHeaders) -> bool:
        with self._translated("retire", path):
            tags = self._client.get_object_tagging(Bucket=self._bucket, Key=path)["TagSet"]
            if RETIRED in tags:
                return False
            self._client.copy_object(
                Bucket=self._bucket,
                Key=path,
                CopySource={"Bucket": self._bucket, "Key": path},
                MetadataDirective="REPLACE",  # S3 copies no object to itself without a change
                ContentType=headers.content_type,
                CacheControl=headers.cache_control,
                TaggingDirective="REPLACE",
                Tagging=f"{RETIRED['Key']}={RETIRED['Value']}",
            )
        return True

    def delete_all(self) -> int:
        deleted = 0
        for keys in self._pages():
            with self._translated("delete", f"{len(keys)} files"):
                answer = self._client.delete_objects(
                    Bucket=self._bucket,
                    Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
                )
            if errors := answer.get("Errors"):
                raise PagesUnavailableError(f"cannot delete: {errors[0].get('Code')}")
            deleted += len(keys)
        return deleted

    def _pages(self) -> Iterator[list[str]]:
        """Yield the keys, at most a thousand at a time."""
        with self._translated("list", "the files"):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
                if keys := [entry["Key"] for entry in page.get("Contents", [])]:
                    yield keys

    @contextmanager
    def _translated(self, what: str, path: str) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise PagesUnavailableError(
                f"cannot {what} {path}: {_reason(error)}; deploy again"
            ) from error


def _reason(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return type(error).__name__

"""The published pages in an S3 bucket.

The bucket's lifecycle deletes an object some days after it was written with the tag RETIRED, so a
file of an earlier release is written again, as a copy of itself. Publishing it removes the tag.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from gorder.errors import GorderError
from gorder.pages.model import FileHeaders
from gorder.pages.ports import PagesRefusedError, PagesUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RETIRED: Final = {"Key": "gorder", "Value": "retired"}
_REFUSED: Final = {"AccessDenied", "NoSuchBucket"}
_FORBIDDEN: Final = 403


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
            try:
                return self._retire(path, headers)
            except self._client.exceptions.NoSuchKey:  # the lifecycle has deleted it
                return False

    def _retire(self, path: str, headers: FileHeaders) -> bool:
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
                raise _error(f"cannot delete {errors[0].get('Key')}", errors[0].get("Code", ""))
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
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise _error(f"cannot {what} {path}", code, status) from error
        except BotoCoreError as error:
            raise PagesUnavailableError(
                f"cannot {what} {path}: {type(error).__name__}; try again"
            ) from error


def _error(failure: str, code: str, status: int | None = None) -> GorderError:
    """Return the error of the port for an error of S3."""
    if code in _REFUSED or status == _FORBIDDEN:
        return PagesRefusedError(
            f"{failure}: S3 answers {code}; check that the bucket exists and that the function's "
            "role and the bucket's policy allow it"
        )
    return PagesUnavailableError(f"{failure}: S3 answers {code}; try again")

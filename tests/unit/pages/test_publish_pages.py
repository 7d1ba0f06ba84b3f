"""Publishing a release of the pages to a bucket, on moto's S3."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from gorder.bootstrap.publish_pages import build
from gorder.errors import GorderError, TransientError
from gorder.pages.adapters.s3_pages import RETIRED, S3Pages
from gorder.pages.commands.delete_pages import DeletePages
from gorder.pages.commands.publish_pages import PublishPages
from gorder.pages.model import FileHeaders, PagesMissingError, UnknownFileTypeError
from gorder.pages.ports import PagesRefusedError, PagesUnavailableError, PublishedPages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

BUCKET = "pages"
PAGES = ("404.html", "index.html", "order.html")
FIRST = {
    **dict.fromkeys(PAGES, b'<script src="/assets/shop-1.js">'),
    "assets/shop-1.js": b"1",
    "pictures/ramen.svg": b"<svg/>",
}
SECOND = {
    **dict.fromkeys(PAGES, b'<script src="/assets/shop-2.js">'),
    "assets/shop-2.js": b"2",
    "pictures/ramen.svg": b"<svg/>",
}


@dataclass
class MemoryBuild:
    """`BuiltPages` in memory."""

    files: dict[str, bytes]

    def paths(self) -> list[str]:
        return list(self.files)

    def read(self, path: str) -> bytes:
        return self.files[path]


@dataclass
class DyingBucket:
    """`PublishedPages` that fails at one of its writes, and records what it wrote."""

    published: PublishedPages
    writes: int
    written: list[str] = field(default_factory=list)

    def put(self, path: str, content: bytes, headers: FileHeaders) -> None:
        self._die()
        self.published.put(path, content, headers)
        self.written.append(path)

    def paths(self) -> list[str]:
        return self.published.paths()

    def retire(self, path: str, headers: FileHeaders) -> bool:
        self._die()
        return self.published.retire(path, headers)

    def delete_all(self) -> int:
        return self.published.delete_all()

    def _die(self) -> None:
        if not self.writes:
            raise PagesUnavailableError("killed")
        self.writes -= 1


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> "Iterator[S3Client]":
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def publish(s3: "S3Client", files: dict[str, bytes]) -> dict[str, int]:
    return build(MemoryBuild(files), S3Pages(s3, BUCKET)).publish(PublishPages())


def contents(s3: "S3Client") -> dict[str, bytes]:
    return {
        path: s3.get_object(Bucket=BUCKET, Key=path)["Body"].read()
        for path in S3Pages(s3, BUCKET).paths()
    }


def is_retired(s3: "S3Client", path: str) -> bool:
    return RETIRED in s3.get_object_tagging(Bucket=BUCKET, Key=path)["TagSet"]


@pytest.mark.parametrize(
    ("path", "type_", "cached"),
    [
        ("index.html", "text/html; charset=utf-8", "no-cache"),
        ("404.html", "text/html; charset=utf-8", "no-cache"),
        (
            "assets/shop-1.js",
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        ("pictures/ramen.svg", "image/svg+xml", "public, max-age=3600"),
    ],
)
def test_a_file_is_served_with_its_type_and_time(
    s3: "S3Client", path: str, type_: str, cached: str
) -> None:
    publish(s3, FIRST | {"assets/shop-1.js": b"1"})

    found = s3.head_object(Bucket=BUCKET, Key=path)

    assert (found["ContentType"], found["CacheControl"]) == (type_, cached)


def test_a_release_is_published_and_the_one_before_is_retired(s3: "S3Client") -> None:
    assert publish(s3, FIRST) == {"published": 5, "retired": 0}
    before = s3.head_object(Bucket=BUCKET, Key="assets/shop-1.js")["LastModified"]

    assert publish(s3, SECOND) == {"published": 5, "retired": 1}

    assert contents(s3) == FIRST | SECOND
    assert [path for path in contents(s3) if is_retired(s3, path)] == ["assets/shop-1.js"]
    retired = s3.head_object(Bucket=BUCKET, Key="assets/shop-1.js")
    assert retired["LastModified"] >= before  # its 30 days begin now
    assert retired["ContentType"] == "text/javascript; charset=utf-8"
    assert retired["CacheControl"] == "public, max-age=31536000, immutable"


def test_publishing_can_be_repeated(s3: "S3Client") -> None:
    publish(s3, FIRST)
    publish(s3, SECOND)
    since = s3.head_object(Bucket=BUCKET, Key="assets/shop-1.js")["LastModified"]

    assert publish(s3, SECOND) == {"published": 5, "retired": 0}

    assert s3.head_object(Bucket=BUCKET, Key="assets/shop-1.js")["LastModified"] == since


def test_a_rollback_publishes_a_retired_file_again(s3: "S3Client") -> None:
    publish(s3, FIRST)
    publish(s3, SECOND)

    assert publish(s3, FIRST) == {"published": 5, "retired": 1}

    assert [path for path in contents(s3) if is_retired(s3, path)] == ["assets/shop-2.js"]


@pytest.mark.parametrize("writes", range(6))
def test_after_each_write_a_page_finds_what_it_refers_to(s3: "S3Client", writes: int) -> None:
    publish(s3, FIRST)

    with pytest.raises(TransientError, match="killed"):
        build(MemoryBuild(SECOND), DyingBucket(S3Pages(s3, BUCKET), writes)).publish(PublishPages())

    served = contents(s3)
    for page in PAGES:
        assert served[page].partition(b'"/')[2].rstrip(b'">').decode() in served
    assert publish(s3, SECOND)["published"] == len(SECOND)
    assert contents(s3) == FIRST | SECOND
    assert is_retired(s3, "assets/shop-1.js")


def test_pages_are_uploaded_last(s3: "S3Client") -> None:
    recorded = DyingBucket(S3Pages(s3, BUCKET), writes=100)

    build(MemoryBuild(FIRST), recorded).publish(PublishPages())

    assert recorded.written[-len(PAGES) :] == list(PAGES)


def test_a_package_without_pages_publishes_nothing(s3: "S3Client") -> None:
    publish(s3, FIRST)

    with pytest.raises(PagesMissingError, match="Pages=true"):
        publish(s3, {})

    assert contents(s3) == FIRST


@pytest.mark.parametrize("path", ["assets/shop.exe", "README", "assets/a.js.map"])
def test_a_file_of_unknown_type_publishes_nothing(s3: "S3Client", path: str) -> None:
    with pytest.raises(UnknownFileTypeError, match=path):
        publish(s3, FIRST | {path: b""})

    assert contents(s3) == {}


def test_a_file_of_unknown_type_of_a_later_release_stays(s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key="film.av9", Body=b"")

    assert publish(s3, FIRST)["retired"] == 0
    assert not is_retired(s3, "film.av9")


def test_deleting_empties_the_bucket_and_can_be_repeated(s3: "S3Client") -> None:
    for number in range(1001):  # S3 lists and deletes a thousand at a time
        s3.put_object(Bucket=BUCKET, Key=f"assets/{number}.js", Body=b"")
    pages = build(MemoryBuild({}), S3Pages(s3, BUCKET))

    assert pages.delete(DeletePages()) == {"deleted": 1001}
    assert pages.delete(DeletePages()) == {"deleted": 0}
    s3.delete_bucket(Bucket=BUCKET)


@pytest.mark.parametrize("operation", ["GetObjectTagging", "CopyObject"])
def test_a_file_that_s3_deletes_meanwhile_needs_no_retirement(
    s3: "S3Client", operation: str
) -> None:
    publish(s3, FIRST)

    def delete(**_: object) -> None:
        s3.delete_object(Bucket=BUCKET, Key="assets/shop-1.js")

    s3.meta.events.register(f"before-call.s3.{operation}", delete)

    assert publish(s3, SECOND) == {"published": 5, "retired": 0}
    assert contents(s3) == SECOND


def test_a_bucket_that_is_missing_is_a_defect(s3: "S3Client") -> None:
    s3.delete_bucket(Bucket=BUCKET)

    with pytest.raises(PagesRefusedError, match=r"cannot write .*: S3 answers NoSuchBucket; check"):
        publish(s3, FIRST)
    with pytest.raises(PagesRefusedError, match=r"cannot list .*: S3 answers NoSuchBucket; check"):
        build(MemoryBuild({}), S3Pages(s3, BUCKET)).delete(DeletePages())


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDenied", 403, PagesRefusedError),
        ("AllAccessDisabled", 403, PagesRefusedError),
        ("InvalidAccessKeyId", 403, PagesRefusedError),
        ("SlowDown", 503, PagesUnavailableError),
        ("InternalError", 500, PagesUnavailableError),
        ("RequestTimeout", 400, PagesUnavailableError),
        ("OperationAborted", 409, PagesUnavailableError),
    ],
)
def test_an_error_is_a_defect_if_repeating_cannot_help(
    s3: "S3Client", code: str, status: int, kind: type[GorderError]
) -> None:
    with Stubber(s3) as stubber:
        stubber.add_client_error("put_object", code, http_status_code=status)

        with pytest.raises(kind, match=rf"cannot write assets/shop-1\.js: .*{code}"):
            publish(s3, FIRST)


def test_a_bucket_that_does_not_answer_is_a_transient_error(s3: "S3Client") -> None:
    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3.invalid")

    s3.meta.events.register("before-call.s3.ListObjectsV2", fail)

    with pytest.raises(PagesUnavailableError, match=r"cannot list .*: EndpointConnectionError"):
        publish(s3, FIRST)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("AccessDenied", PagesRefusedError), ("InternalError", PagesUnavailableError)],
)
def test_a_file_that_is_not_deleted_is_an_error_of_its_kind(
    s3: "S3Client", code: str, kind: type[GorderError]
) -> None:
    with Stubber(s3) as stubber:
        stubber.add_response("list_objects_v2", {"Contents": [{"Key": "index.html"}]})
        stubber.add_response(
            "delete_objects", {"Errors": [{"Key": "index.html", "Code": code, "Message": ""}]}
        )

        with pytest.raises(kind, match=rf"cannot delete index\.html: .*{code}"):
            S3Pages(s3, BUCKET).delete_all()

"""Answers requests with the files of the built pages."""

import gzip
import re
from email.message import Message
from http import HTTPStatus
from pathlib import Path

from devstack.pages.headers import SECURITY
from devstack.pages.messages import Fields, PageAnswer, PageRequest
from gorder.pages.model import FileHeaders
from gorder.runtime.etags import etag_of, is_known

NOT_FOUND_PAGE = "404.html"
_METHODS = ("GET", "HEAD")
_PAGES = {"/": "index.html"}
_ORDER = re.compile(r"/order/[^/]+")
_COMPRESSED = {".ico", ".jpg", ".png", ".webp", ".woff2"}


def respond(folder: Path, request: PageRequest) -> PageAnswer:
    """Answer with a page, a file or 404. The paths are those that CloudFront has on AWS."""
    if request.method not in _METHODS:
        allowed = (("Allow", ", ".join(_METHODS)), *SECURITY)
        return PageAnswer(HTTPStatus.METHOD_NOT_ALLOWED, allowed)
    files = _files(folder)
    name = _name(request.path)
    name = name if name in files else NOT_FOUND_PAGE
    if name in files:
        return _file(files[name], name, request.headers)
    text = b"The pages are not built: make up\n"
    return PageAnswer(HTTPStatus.NOT_FOUND, (("Content-Type", "text/plain"), *SECURITY), text)


def _files(folder: Path) -> dict[str, Path]:
    """List all files, so that no path can lead out of the folder."""
    return {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }


def _name(path: str) -> str:
    if _ORDER.fullmatch(path):
        return "order.html"
    return _PAGES.get(path, path.removeprefix("/"))


def _file(path: Path, name: str, wanted: Message) -> PageAnswer:
    body = path.read_bytes()
    headers = FileHeaders.of(name)
    fields: Fields = (
        ("Content-Type", headers.content_type),
        ("Cache-Control", headers.cache_control),
    )
    if path.suffix not in _COMPRESSED:
        fields += (("Vary", "Accept-Encoding"),)
        if _accepts_gzip(wanted):
            body = gzip.compress(body, mtime=0)
            fields += (("Content-Encoding", "gzip"),)
    tag = etag_of(body)
    fields += (("ETag", tag), *SECURITY)
    if name == NOT_FOUND_PAGE:
        return PageAnswer(HTTPStatus.NOT_FOUND, fields, body)
    if is_known(tag, wanted.get("If-None-Match", "")):
        return PageAnswer(HTTPStatus.NOT_MODIFIED, fields)
    return PageAnswer(HTTPStatus.OK, fields, body)


def _accepts_gzip(wanted: Message) -> bool:
    for each in wanted.get("Accept-Encoding", "").lower().split(","):
        coding, _, parameters = each.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return re.fullmatch(r"\s*q=0(\.0*)?\s*", parameters) is None
    return False

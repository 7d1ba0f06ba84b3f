"""Verifies AWS's Signature Version 4 with the code that signs: botocore's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TOLERANCE = timedelta(minutes=15)  # AWS's
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 "
    r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)/aws4_request,\s?"
    r"SignedHeaders=(?P<signed>[a-z0-9;_.-]+),\s?"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class SignedRequest:
    """A request as it was received. `target` is the path and query, still encoded.

    `body` is read only if the signature depends on it.
    """

    method: str
    target: str
    headers: "dict[str, list[str]]"
    body: Callable[[], bytes]


def problem(request: SignedRequest, secret: str, now: datetime) -> str | None:
    """Return why the request is not signed with this secret, or None.

    The access key id may be any: LocalStack reads the account from it.
    """
    authorization = _AUTHORIZATION.fullmatch("".join(request.headers.get("authorization", [])))
    if authorization is None:
        return "The request is not signed (Signature Version 4, in Authorization)"
    signed = authorization["signed"].split(";")
    timestamp = "".join(request.headers.get("x-amz-date", []))
    if not {"host", "x-amz-date"} <= set(signed) or not _is_recent(timestamp, now):
        return "Host and X-Amz-Date must be signed, less than 15 minutes ago"
    expected = _signature(request, authorization, signed, timestamp, secret)
    if not hmac.compare_digest(expected, authorization["signature"]):
        return "The signature is not one of this stack's secret access key"
    return None


def _is_recent(timestamp: str, now: datetime) -> bool:
    try:
        signed_at = datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(now - signed_at) <= TOLERANCE


def _signature(
    request: SignedRequest,
    authorization: "re.Match[str]",
    signed: list[str],
    timestamp: str,
    secret: str,
) -> str:
    kind = S3SigV4Auth if authorization["service"] == "s3" else SigV4Auth
    signer = kind(
        Credentials(authorization["key"], secret),
        authorization["service"],
        authorization["region"],
    )
    # A signed hash stands for the body: S3's may be too large to be kept in memory.
    body = b"" if "x-amz-content-sha256" in signed else request.body()
    # The host in the URL is not used, because the signed headers have one.
    again = AWSRequest(request.method, url=f"http://host{request.target}", data=body)
    for name in signed:
        for value in request.headers.get(name, []):
            again.headers.add_header(name, value)
    again.context["timestamp"] = timestamp
    canonical = signer.canonical_request(again)
    signature: str = signer.signature(signer.string_to_sign(again, canonical), again)
    return signature

"""Passes requests to the deployed API."""

import string
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlsplit

from devstack.pages.messages import Fields, PageAnswer, PageRequest, problem
from devstack.state import State

PREFIX = "/api/"
SECONDS = 35
"""API Gateway itself answers after 29 seconds."""
# RFC 9110, 7.6.1
_HOP_BY_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
    *("te", "trailer", "transfer-encoding", "upgrade"),
}
# LocalStack refuses other origins than its own, and this server has checked them.
_CHECKED = {"origin", "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user"}
_FRAMING = {"host", "content-length"}


def respond(state: Path, request: PageRequest) -> PageAnswer:
    """Pass a request to the API, whose address may change with each deployment."""
    deployed = State.load(state).deployment
    if deployed is None or not deployed.api_url:
        return problem(HTTPStatus.BAD_GATEWAY, "The API is not deployed: make up")
    try:
        return _exchange(deployed.api_url, request)
    except (OSError, HTTPException) as error:
        detail = f"The API does not answer ({type(error).__name__}): make status"
        return problem(HTTPStatus.BAD_GATEWAY, detail)


def _exchange(api_url: str, request: PageRequest) -> PageAnswer:
    """Send the request from the client's own address, by which the API counts clients."""
    api = urlsplit(api_url)
    connection = HTTPConnection(api.netloc, timeout=SECONDS, source_address=(request.client, 0))
    try:
        target = api.path + quote(request.target, safe=string.punctuation, encoding="latin-1")
        connection.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in _end_to_end(tuple(request.headers.items())):
            if name.lower() not in _CHECKED:
                connection.putheader(name, value)
        if request.body or request.method not in {"GET", "HEAD"}:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        headers = _end_to_end(tuple(response.getheaders()))
        return PageAnswer(response.status, headers, response.read())
    finally:
        connection.close()


def _end_to_end(fields: Fields) -> Fields:
    """Leave out what concerns one connection only."""
    named = {
        option.strip().lower()
        for name, value in fields
        if name.lower() == "connection"
        for option in value.split(",")
    }
    left_out = _HOP_BY_HOP | _FRAMING | named
    return tuple((name, value) for name, value in fields if name.lower() not in left_out)

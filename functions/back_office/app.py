"""The back office, invoked by an operator with the `gorder` program or `aws lambda invoke`."""

from dataclasses import dataclass

from pydantic import BaseModel

from gorder.back_office import office as back_office
from gorder.back_office.office import BackOffice
from gorder.bootstrap.back_office import service
from gorder.contracts.back_office import BackOfficeRequest, parse_request
from gorder.runtime.invoke import invoked_function
from gorder.runtime.trace import current_trace_id


@dataclass(frozen=True, slots=True)
class TracedRequest:
    """A request, and the trace that begins with it."""

    request: BackOfficeRequest
    trace_id: str


def parse(text: str) -> TracedRequest:
    """Parse a request. Raises InvalidRequest."""
    return TracedRequest(parse_request(text), current_trace_id())


def answer(traced: TracedRequest, office: BackOffice) -> BaseModel:
    """Run one command or query, and return its reply."""
    return back_office.answer(office, traced.request, traced.trace_id)


handler = invoked_function(parse, answer, service)

"""The shop's pages and the API on one origin, as CloudFront serves them on AWS."""

import sys
from typing import override

import httpx

from devstack.servers.base import Server
from devstack.web import WEB


class Pages(Server):
    """The project's own server. It serves web/dist, also while that is being built."""

    name = "pages"

    @override
    def command(self) -> list[str]:
        options = ["--port", str(self.port), "--folder", str(WEB.dist)]
        options += ["--state", str(self._directory.state)]
        return [sys.executable, "-m", "devstack.pages", *options]

    @override
    def problem(self) -> str | None:
        try:
            httpx.get(self._state.url(self.name), timeout=3)
        except httpx.HTTPError as error:
            return str(error)
        return None

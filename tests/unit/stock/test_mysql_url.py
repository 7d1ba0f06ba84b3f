"""URLs that are refused before anything is connected to, and without being repeated."""

import pytest

from gorder.bootstrap.clients import InvalidUrlError, connect_mysql


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgres://u:secret@host/db",
        "mysql://u:secret@host",
        "mysql:///db",
        "mysql://u:secret@host/db?ssl_ca=x",
        "mysql://u:secret/word@host/db",
        "mysql://u:secret@host:many/db",
        "mysql://u:secret@[host/db",
    ],
)
def test_a_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlError, match="percent-encoded") as caught:
        connect_mysql(url)
    assert "secret" not in str(caught.value)

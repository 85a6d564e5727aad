"""Asking what may be no node: whatever it answers is an error that says so, and never ours."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from core.driver.asking import Asking, http_client
from core.errors import CoreError


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """The URL of somebody who gives that answer to whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with listener.accept()[0] as caller:
                caller.recv(1 << 16)
                caller.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("head", "body", "what"),
    [
        (b"", b"{}", "none of this interface"),
        (b"", b"[]", "none of this interface"),
        (b"", b'{"groups": {}}', "none of this interface"),
        (b"", b"<html>", "no JSON"),
        (b"Content-Encoding: gzip\r\n", b"hello", "cannot be read"),
    ],
)
def test_what_is_no_answer_of_a_node_is_told_so(head: bytes, body: bytes, what: str) -> None:
    answer = b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
    with (
        answering(answer) as url,
        http_client(url, token="", patience_s=5.0) as http,
        pytest.raises(CoreError, match=what),
    ):
        [*Asking(http).all("/v1/groups", "groups")]


@pytest.mark.parametrize("url", ["http://[::1", "http://..", "http://xn--a", "http://a:b"])
@pytest.mark.parametrize("token", ["", "right"])
def test_what_is_no_url_cannot_be_asked(url: str, token: str) -> None:
    with (
        pytest.raises(CoreError, match="cannot be asked"),
        http_client(url, token=token, patience_s=1.0),
    ):
        pass


@pytest.mark.parametrize("token", ["canary\nsecond", "canar\u00ed", "canary\0"])
def test_what_is_no_token_is_not_sent_and_not_shown(token: str) -> None:
    with (
        pytest.raises(CoreError, match="no token has") as caught,
        http_client("http://127.0.0.1:1", token=token, patience_s=1.0),
    ):
        pass
    assert "canar" not in str(caught.value)

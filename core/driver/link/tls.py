"""TLS 1.3 on a link, where both sides show a certificate, and each looks at the other's.

Files are read for each link: new ones are used from the next on, without a restart.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.driver.link.wire import ClosedError, Secured, ended
from core.driver.nbd.tls import TlsFiles, load_authority, load_certificate, server_context
from core.errors import CoreError

_UNIX_NAME: Final = "localhost"
"""Whose certificate is shown on a unix socket: none of its paths is a name of anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTls:
    """PEM files: who this side is, and who has signed the other's certificate.

    With `peer` nobody else is accepted: a name in the certificate of the side that connects.
    """

    certificate: Path
    key: Path
    authority: Path
    peer: str = ""

    def accepting(self) -> ssl.SSLContext:
        """For the side that waits; raises CoreError where a file is not what it has to be."""
        files = TlsFiles(certificate=self.certificate, key=self.key, clients_ca=self.authority)
        context = server_context(files)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0  # no link is resumed: each shows its certificate
        return context

    def reaching(self) -> ssl.SSLContext:
        """The same for the side that connects; it asks for the name of who it reaches."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        load_certificate(context, self.certificate, self.key)
        load_authority(context, self.authority)
        return context


def accepted(sock: socket.socket, tls: LinkTls, deadline: float) -> Secured:
    """Let in who connects, once it is known who that is."""
    return _secured(Secured(sock, tls.accepting(), None), deadline)


def reached(sock: socket.socket, tls: LinkTls, host: str, deadline: float) -> Secured:
    """Be sure of who was reached, by the name or the address that was used for it."""
    return _secured(Secured(sock, tls.reaching(), host or _UNIX_NAME), deadline)


def _secured(wire: Secured, deadline: float) -> Secured:
    try:
        wire.shake_hands(deadline)
    except ssl.SSLError as error:
        raise ended(error) from error
    except TimeoutError as error:
        raise CoreError("the other side takes too long for the handshake of TLS") from error
    except (ClosedError, ConnectionError) as error:
        raise CoreError(
            "the other side has left during the handshake of TLS",
            hint="give certificates to both sides, or to none; its log may tell more",
        ) from error
    return wire


def refuse_others(wire: Secured, peer: str) -> None:
    """Raises CoreError where the other side is not who is waited for."""
    if peer and peer not in wire.names:
        raise CoreError(
            f"production is {', '.join(sorted(wire.names)) or 'nobody'}, which is not waited for",
            hint="let --client of the copy name it, or give it another certificate",
        )

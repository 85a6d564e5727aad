"""TLS on links: the options of both sides, and what they say together."""

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from core.driver.link.peers import LinkPlace, refuse_open_network
from core.driver.link.tls import LinkTls
from core.errors import CoreError

Command = Callable[..., None]


def waiting_options(command: Command) -> Command:
    """Hands `certificate`, `key`, `clients_ca`, names of files, and `client` to the command."""
    command = click.option(
        "--client",
        metavar="NAME",
        default="",
        help="Only production with this name in its certificate may connect.",
    )(command)
    return _files(
        command,
        {
            "--certificate": "Speak TLS alone, with this certificate in PEM.",
            "--key": "The key of the certificate, in PEM.",
            "--clients-ca": "Production must show a certificate that one of these has signed.",
        },
    )


def reaching_options(command: Command) -> Command:
    """Hands `copy_certificate`, `copy_key` and `copy_ca` to the command: names of files, of each
    copy."""
    return _files(
        command,
        {
            "--copy-certificate": "Speak TLS with the copy, and show it this certificate in PEM.",
            "--copy-key": "The key of that certificate, in PEM.",
            "--copy-ca": "The copy must show one for its HOST that one of these has signed.",
        },
        multiple=True,
    )


def _files(command: Command, told: Mapping[str, str], *, multiple: bool = False) -> Command:
    for name, words in reversed([*told.items()]):
        command = click.option(
            name, metavar="FILE", type=click.Path(), multiple=multiple, help=words
        )(command)
    return command


def waiting(
    certificate: str | None, key: str | None, clients_ca: str | None, client: str
) -> LinkTls | None:
    """How the side that waits speaks; what cannot be used is told now."""
    told = {"--certificate": certificate, "--key": key, "--clients-ca": clients_ca}
    tls = _told(told, client)
    if tls is not None:
        tls.accepting()
    elif client:
        raise CoreError("nobody has a name without TLS", hint=f"give {_listed(told)}, too")
    return tls


def reaching(
    place: LinkPlace, certificate: str | None, key: str | None, ca: str | None
) -> LinkTls | None:
    """The same for the side that connects to a copy."""
    tls = _told({"--copy-certificate": certificate, "--copy-key": key, "--copy-ca": ca})
    if tls is not None:
        tls.reaching()
    elif not place.path:
        refuse_open_network(place.host)
    return tls


def _told(told: Mapping[str, str | None], peer: str = "") -> LinkTls | None:
    if not any(told.values()):
        return None
    certificate, key, authority = told.values()
    if not (certificate and key and authority):
        raise CoreError(
            "both sides of a link show a certificate, and look at the other's",
            hint=f"give {_listed(told)}",
        )
    return LinkTls(
        certificate=Path(certificate), key=Path(key), authority=Path(authority), peer=peer
    )


def _listed(names: Mapping[str, object]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}"

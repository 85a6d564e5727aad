"""TLS with certificates. Keys shared beforehand need Python 3.13, and are not offered."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from core.errors import CoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """PEM files; with `clients_ca`, clients must show a certificate that it has signed."""

    certificate: Path
    key: Path
    clients_ca: Path | None = None


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer, as the files say."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    load_certificate(context, files.certificate, files.key)
    if files.clients_ca is not None:
        load_authority(context, files.clients_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def load_certificate(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Use the certificate and key as they are now; connections that stand are left alone.

    Nobody is asked for a passphrase: who serves has no terminal.
    """
    try:
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as error:
        raise CoreError(
            "cannot use the certificate and its key",
            where=str(certificate),
            hint="both must be PEM files, and belong together; the key has no passphrase",
        ) from error


def load_authority(context: ssl.SSLContext, file: Path) -> None:
    """Take certificates of others that one of these has signed."""
    try:
        context.load_verify_locations(file)
    except (OSError, ssl.SSLError) as error:
        raise CoreError(
            "cannot read the certificates that others are checked with",
            where=str(file),
            hint="it must be a PEM file",
        ) from error


def identity_of(sock: ssl.SSLSocket) -> str | None:
    """The common name in the certificate that a client was checked by."""
    certificate = sock.getpeercert() or {}
    subject = certificate.get("subject", ())
    names = [pair[1] for part in subject for pair in part if pair[0] == "commonName"]
    return names[0] if len(names) == 1 else None

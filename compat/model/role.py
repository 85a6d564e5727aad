"""Whose way from one version to the other is looked at."""

from enum import StrEnum


class Role(StrEnum):
    """Who is calling: an old client reaches a new server, a new client an old one."""

    OLD_CLIENT = "old_client"
    NEW_CLIENT = "new_client"

"""Why the lab cannot run. The text is for the person who started it."""

from __future__ import annotations

from demo_client.errors import ClientError


class LabError(ClientError):
    """The lab cannot go on, or not begin."""


class PolicyUnreadable(LabError):
    """A policy's file is not there, or is no policy."""


class NotALab(LabError):
    """The deployment does not say that it runs in lab mode."""


class NoSuchFactor(LabError):
    """The service does not know a method."""

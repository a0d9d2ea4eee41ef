"""The vocabulary of the audit log, closed: an event that is not named here cannot be read back."""

from __future__ import annotations

from typing import TypeAlias

from identity.audit import events
from identity.audit.events import Event

VOCABULARY: TypeAlias = (
    events.RegistrationRequested
    | events.RegistrationRepeated
    | events.InitialPasswordIssued
    | events.AccountActivated
    | events.AccountApproved
    | events.AccountRejected
    | events.AccountSuspended
    | events.AccountResumed
    | events.AccountClosed
    | events.AccountReissued
    | events.OperatorAdded
    | events.RolesAssigned
    | events.ProposalMade
    | events.ProposalDecided
    | events.PersonalDataRead
    | events.LoginOpened
    | events.ChallengeIssued
    | events.AnswerAccepted
    | events.AnswerRefused
    | events.LoginSucceeded
    | events.SessionOpened
    | events.SessionRotated
    | events.SessionEnded
    | events.DeviceRevoked
    | events.TokenIssued
    | events.EnrolmentBegun
    | events.EnrolmentRefused
    | events.EnrolmentConfirmed
    | events.FactorRenamed
    | events.FactorRemoved
    | events.FailuresForgiven
    | events.DemandsChanged
    | events.CredentialRehashed
    | events.CounterRegressed
    | events.ElectronicPasswordWrong
    | events.ElectronicPasswordHeld
    | events.BindingSpent
    | events.ClientAdded
    | events.ClientRevoked
    | events.ClientCalled
    | events.ClientRefused
    | events.MessageQueued
    | events.MessageDelivered
    | events.MessageFailed
    | events.MessageDropped
    | events.AttemptsBlocked
    | events.AlarmRaised
    | events.ServiceStarted
    | events.ServiceStopped
    | events.SettingsLoaded
    | events.CountersLost
    | events.CountersEmptied
    | events.CountersReturned
    | events.KeyAdded
    | events.KeyRemoved
    | events.Resealed
    | events.WriterClosed
)
"""Every event there is."""


def tag_of(event: Event) -> str:
    """Return the event's tag: ``login:transaction:opened``."""
    return str(type(event).__struct_config__.tag)

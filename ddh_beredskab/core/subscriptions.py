"""Who hears what: one table from message type to concerns. Each row becomes a delivery when the message is stored.

A command goes to the concern that decides it; an event to the concerns that answer it, and most to the logbook.
"""

from __future__ import annotations

from schemas import activation as a
from schemas import crisis_staff as s
from schemas import feedback as f
from schemas import guides as g
from schemas import logbook as log
from schemas.base import Concern, Message, TimerFired

CONCERNS: tuple[Concern, ...] = ("activation", "crisis_staff", "guides", "feedback", "logbook")


def subscribers(message: Message) -> tuple[Concern, ...]:
    """The concerns a message is delivered to, in a fixed order."""
    if isinstance(message, TimerFired):
        return (message.concern,)
    return SUBSCRIPTIONS.get(type(message), ())


def _commands(concern: Concern, *types: type[Message]) -> dict[type[Message], tuple[Concern, ...]]:
    return dict.fromkeys(types, (concern,))


_LOG: tuple[Concern, ...] = ("logbook",)

SUBSCRIPTIONS: dict[type[Message], tuple[Concern, ...]] = {
    **_commands(
        "activation",
        a.ReportIncident,
        a.SupplementIncident,
        a.RecordContactAttempt,
        a.AskAgain,
        a.ConfirmIncident,
        a.RejectIncident,
        a.ProposeDecision,
        a.CastVote,
        a.GiveProvisionalActivation,
        a.ChangeLevel,
        a.SetServiceTarget,
        a.ChangeChannels,
        a.ExtendScope,
        a.LinkCrises,
        a.DecideOpening,
        a.PrioritiseCapacity,
        a.ProposeStepDown,
        a.AgreeStepDown,
        a.ReverseStepDown,
        a.CloseCrisis,
        a.ReopenCrisis,
        a.MarkSustained,
        a.RecordEvaluation,
    ),
    **_commands(
        "crisis_staff",
        s.AnswerRoleOffer,
        s.AssignRole,
        s.HandOverRole,
        s.HoldStaffMeeting,
        s.AmendMinutes,
        s.ApproveMinutes,
        s.SetMeetingLinks,
        s.ReceiveSituationPicture,
        s.AgreeAuthorityStatus,
        s.WriteDdhStatus,
        s.ApproveDdhStatus,
        s.AddExternalContact,
        s.ChangeExternalContact,
        s.CloseExternalContact,
        s.PlanRelief,
        s.CancelPlannedRelief,
        s.AddAction,
        s.ChangeActionStatus,
        s.ReassignAction,
        s.TickActionCard,
        s.CompleteActivationStep,
    ),
    **_commands(
        "guides",
        g.ReleaseFirstMessage,
        g.WriteGuideDraft,
        g.ApproveGuideFacts,
        g.ReleaseGuide,
        g.ReleaseGuideAlone,
        g.PlanGuideRelease,
        g.CancelPlannedRelease,
        g.GiveSecondLook,
        g.ConfirmGuide,
        g.SetGuideInterval,
        g.SetNightVersion,
        g.RecallGuide,
        g.ConfirmChannelLive,
        g.NudgeUnseen,
    ),
    **_commands("feedback", f.SetReportInterval, f.AcknowledgeReport, f.NoteUrgentTransfers),
    **_commands("logbook", log.WriteLogEntry, log.CorrectLogEntry, log.FileLogEntries, log.PinLogEntry),
    # activation's events
    a.IncidentReported: ("crisis_staff", "logbook"),
    a.CrisisWarned: ("guides", "logbook"),
    a.CrisisProvisionallyActivated: ("crisis_staff", "guides", "feedback", "logbook"),
    a.CrisisActivated: ("crisis_staff", "guides", "feedback", "logbook"),
    a.ActivationReversed: ("crisis_staff", "guides", "feedback", "logbook"),
    a.OpeningDecided: ("guides", "logbook"),
    a.AuthorityScopeChanged: ("guides", "feedback", "logbook"),
    a.CrisisDeactivated: ("crisis_staff", "guides", "feedback", "logbook"),
    a.CrisisReopened: ("crisis_staff", "guides", "feedback", "logbook"),
    **dict.fromkeys(
        (
            a.IncidentAssessed,
            a.PlannedPeakNoted,
            a.SteeringMemberAsked,
            a.ContactAttemptRecorded,
            a.PhoneListExhausted,
            a.PhoneListCalledAgain,
            a.IncidentConfirmed,
            a.IncidentRejected,
            a.CrisesLinked,
            a.DecisionProposed,
            a.VoteCast,
            a.ProposalRejected,
            a.ForewarningLapsed,
            a.ProvisionalConfirmationOverdue,
            a.ActivationDeclined,
            a.DecisionOverdue,
            a.LevelChanged,
            a.ServiceTargetSet,
            a.ChannelsChanged,
            a.CapacityPrioritised,
            a.SustainedOperationEntered,
            a.StepDownProposed,
            a.StepDownAgreed,
            a.StepDownReversed,
            a.AftercareArranged,
            a.EvaluationOverdue,
            a.EvaluationRecorded,
        ),
        _LOG,
    ),
    # crisis_staff's events
    s.RoleAssumed: ("activation", "guides", "feedback", "logbook"),
    s.RoleHandedOver: ("activation", "guides", "feedback", "logbook"),
    s.StaffStoodDown: ("activation", "guides", "feedback", "logbook"),
    **dict.fromkeys(
        (
            s.RoleOffered,
            s.RoleOfferAnswered,
            s.RoleEscalated,
            s.RoleUncovered,
            s.StaffEstablished,
            s.ReliefDue,
            s.ReliefOverdue,
            s.StaffMeetingDue,
            s.StaffMeetingHeld,
            s.MinutesAmended,
            s.MinutesApproved,
            s.MeetingLinksSet,
            s.SituationPictureRequested,
            s.SituationPictureReceived,
            s.SituationPictureOverdue,
            s.AuthorityStatusAgreed,
            s.DdhStatusWritten,
            s.DdhStatusApproved,
            s.DdhStatusOverdue,
            s.ExternalContactAdded,
            s.ExternalContactChanged,
            s.ExternalContactClosed,
            s.ReliefPlanned,
            s.PlannedReliefCancelled,
            s.ActionAdded,
            s.ActionStatusChanged,
            s.ActionReassigned,
            s.ActionCardTicked,
            s.ActivationStepCompleted,
            s.RoundTheClockStarted,
        ),
        _LOG,
    ),
    # guides' events
    g.GuideReleased: ("feedback", "logbook"),
    **dict.fromkeys(
        (
            g.GuideSkeletonPrepared,
            g.GuideOpened,
            g.FirstMessageOverdue,
            g.FirstMessageReleased,
            g.GuideReplacementOverdue,
            g.GuideFactsApproved,
            g.GuideReleasePlanned,
            g.PlannedReleaseCancelled,
            g.PlannedReleaseLapsed,
            g.SecondLookOverdue,
            g.SecondLookGiven,
            g.GuideConfirmed,
            g.GuideIntervalSet,
            g.NightVersionSet,
            g.GuideUpdateReminded,
            g.GuideUpdateOverdue,
            g.GuideEscalated,
            g.GuideRecalled,
            g.GuideSeenMeasured,
            g.ChannelConfirmedLive,
            g.UnseenNudged,
            g.GuideClosed,
        ),
        _LOG,
    ),
    # feedback's events
    **dict.fromkeys(
        (
            f.FeedbackOpened,
            f.ReportIntervalSet,
            f.GapFound,
            f.GapClosed,
            f.GapOverdue,
            f.UrgentNoticeRaised,
            f.ReportIssued,
            f.ReportEscalated,
            f.ReportAcknowledged,
            f.FeedbackClosed,
        ),
        _LOG,
    ),
}
"""Message class -> concerns. `TimerFired` goes to the concern it names; the rest is heard by read models only."""

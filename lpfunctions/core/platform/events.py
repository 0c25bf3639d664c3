"""The events of the LivePerson platform that a function can listen to."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """Ids of the documented events. Any other string is accepted wherever an event id is.

    Source: LivePerson's event overview; V1 and V2 share the ids.
    """

    CHAT_POST_SURVEY_EMAIL_TRANSCRIPT = "denver_post_survey_email_transcript"
    CONVERSATIONAL_COMMAND = "conversational_command"
    MESSAGING_NEW_CONVERSATION = "controllerbot_messaging_new_conversation"
    MESSAGING_CONVERSATION_END = "controllerbot_messaging_conversation_end"
    MESSAGING_CONVERSATION_IDLE = "controllerbot_messaging_conversation_idle"
    MESSAGING_CONVERSATION_ROUTING = "controllerbot_messaging_conversation_routing"
    MESSAGING_LINE_IN_OFF_HOURS = "controllerbot_messaging_mid_conversation_msg"
    MESSAGING_PARTICIPANTS_CHANGE = "controllerbot_messaging_participants_change"
    MESSAGING_TTR = "controllerbot_messaging_ttr"
    MESSAGING_SURVEY_STARTED = "surveybot_messaging_survey_started"
    MESSAGING_SURVEY_ENDED = "surveybot_messaging_survey_ended"
    # The Node client's name for MESSAGING_PARTICIPANTS_CHANGE, whose own is that of the id.
    MESSAGING_PARTICIPANT_CHANGE = "controllerbot_messaging_participants_change"
    THIRD_PARTY_BOTS_CUSTOM_INTEGRATION = "bot_connectors_custom_integration"
    THIRD_PARTY_BOTS_PRE_HOOK = "bot_connectors_pre_hook"
    THIRD_PARTY_BOTS_POST_HOOK = "bot_connectors_post_hook"
    THIRD_PARTY_BOTS_ERROR_HOOK = "bot_connectors_error_hook"

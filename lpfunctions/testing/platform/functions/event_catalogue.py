"""The events that the platform lists: id, name, and how many functions may listen.

Names and limits are those of LivePerson's event overview; no id is published for "Messaging Consumer Step Up".
"""

from __future__ import annotations

from typing import Final, NamedTuple

from lpfunctions.core.platform.events import Event


class CataloguedEvent(NamedTuple):
    """One event.

    Attributes:
        event_id: as functions and invocations name it.
        name: as LivePerson's pages name it.
        function_limit: how many functions of an account may listen to it.
    """

    event_id: Event
    name: str
    function_limit: int


EVENTS: Final = (
    CataloguedEvent(Event.THIRD_PARTY_BOTS_CUSTOM_INTEGRATION, "Third-Party Bots Custom Integration", 15),
    CataloguedEvent(Event.THIRD_PARTY_BOTS_ERROR_HOOK, "Third-Party Bots Error-Hook", 15),
    CataloguedEvent(Event.THIRD_PARTY_BOTS_POST_HOOK, "Third-Party Bots Post-Hook", 15),
    CataloguedEvent(Event.THIRD_PARTY_BOTS_PRE_HOOK, "Third-Party Bots Pre-Hook", 15),
    CataloguedEvent(Event.MESSAGING_CONVERSATION_END, "Messaging Conversation End", 1),
    CataloguedEvent(Event.MESSAGING_CONVERSATION_IDLE, "Messaging Conversation Idle", 1),
    CataloguedEvent(Event.MESSAGING_CONVERSATION_ROUTING, "Messaging Conversation Routing", 1),
    CataloguedEvent(Event.MESSAGING_LINE_IN_OFF_HOURS, "Messaging Line in Off-Hours", 1),
    CataloguedEvent(Event.MESSAGING_NEW_CONVERSATION, "Messaging New Conversation", 1),
    CataloguedEvent(Event.MESSAGING_PARTICIPANTS_CHANGE, "Messaging Participants Change", 1),
    CataloguedEvent(Event.MESSAGING_TTR, "Messaging TTR", 1),
    CataloguedEvent(Event.CONVERSATIONAL_COMMAND, "Conversational Command", 30),
    CataloguedEvent(Event.CHAT_POST_SURVEY_EMAIL_TRANSCRIPT, "Chat Post Survey E-Mail Transcript", 10),
    CataloguedEvent(Event.MESSAGING_SURVEY_ENDED, "Messaging Survey Ended", 1),
    CataloguedEvent(Event.MESSAGING_SURVEY_STARTED, "Messaging Survey Started", 1),
)

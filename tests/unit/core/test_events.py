"""The documented events."""

from __future__ import annotations

import json

import pytest

from lpfunctions.core.events import Event
from lpfunctions.core.uris import segment

# Source: spec, section 8.
DOCUMENTED = {
    "denver_post_survey_email_transcript",
    "conversational_command",
    "controllerbot_messaging_new_conversation",
    "controllerbot_messaging_conversation_end",
    "controllerbot_messaging_conversation_idle",
    "controllerbot_messaging_conversation_routing",
    "controllerbot_messaging_mid_conversation_msg",
    "controllerbot_messaging_participants_change",
    "controllerbot_messaging_ttr",
    "surveybot_messaging_survey_started",
    "surveybot_messaging_survey_ended",
    "bot_connectors_custom_integration",
    "bot_connectors_pre_hook",
    "bot_connectors_post_hook",
    "bot_connectors_error_hook",
}


def test_all_fifteen_events_are_there() -> None:
    assert {event.value for event in Event} == DOCUMENTED
    assert len(Event) == 15


@pytest.mark.parametrize("event", Event)
def test_an_event_is_its_id(event: Event) -> None:
    assert str(event) == f"{event}" == event.value == event
    assert segment("event_id", event) == event.value
    assert json.dumps(event) == f'"{event.value}"'
    assert Event(event.value) is event


def test_the_names_of_the_reference_client_are_kept() -> None:
    assert Event.MESSAGING_NEW_CONVERSATION.value == "controllerbot_messaging_new_conversation"
    assert Event.CONVERSATIONAL_COMMAND.value == "conversational_command"
    assert Event.MESSAGING_TTR.value == "controllerbot_messaging_ttr"

"""The documented events."""

from __future__ import annotations

import json
import re

import pytest

from lpfunctions.core.http.uris import segment
from lpfunctions.core.platform.events import Event

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


# The names of the Node client 2.2.0, and the ids that they stand for.
NODE = {
    "ChatPostSurveyEmailTranscript": "denver_post_survey_email_transcript",
    "ConversationalCommand": "conversational_command",
    "MessagingNewConversation": "controllerbot_messaging_new_conversation",
    "MessagingTTR": "controllerbot_messaging_ttr",
    "MessagingParticipantChange": "controllerbot_messaging_participants_change",
    "MessagingConversationIdle": "controllerbot_messaging_conversation_idle",
    "MessagingConversationRouting": "controllerbot_messaging_conversation_routing",
    "MessagingLineInOffHours": "controllerbot_messaging_mid_conversation_msg",
    "MessagingConversationEnd": "controllerbot_messaging_conversation_end",
    "MessagingSurveyStarted": "surveybot_messaging_survey_started",
    "MessagingSurveyEnded": "surveybot_messaging_survey_ended",
    "ThirdPartyBotsPostHook": "bot_connectors_post_hook",
    "ThirdPartyBotsErrorHook": "bot_connectors_error_hook",
    "ThirdPartyBotsCustomIntegration": "bot_connectors_custom_integration",
    "ThirdPartyBotsPreHook": "bot_connectors_pre_hook",
}


@pytest.mark.parametrize(("name", "event_id"), NODE.items())
def test_every_name_of_the_reference_client_is_one_of_ours_in_snake_case(name: str, event_id: str) -> None:
    assert len(NODE) == 15
    snake_case = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
    assert Event[snake_case].value == event_id


def test_the_name_that_differs_means_the_same_event() -> None:
    assert Event["MESSAGING_PARTICIPANT_CHANGE"] is Event.MESSAGING_PARTICIPANTS_CHANGE

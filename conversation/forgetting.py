"""What the bot no longer knows of a parent once the words are gone from the timeline."""

from dataclasses import replace

from conversation.model import Conversation


def forgotten(conversation: Conversation) -> Conversation:
    """Only with the bot: a consultation that is open goes on. What protects the parent stays: `discreet`."""
    return replace(
        conversation,
        asked=None,
        understood=None,
        clarified=False,
        alarm=None,
        help_asked=None,
        area="",
        area_from=(),
        baby_from=(),
    )

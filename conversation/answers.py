"""Answers to a clear intent: what we understood, the answer, then cards; and the place, where the desk depends on it."""

from dataclasses import replace

from conversation import commands, neighbourhood, place_words
from conversation.cards import facility_card, hotline_card, near_card, resource_card
from conversation.messages import Card, Cards, Choice, Message, Outgoing, Text
from conversation.model import Asked, Conversation, Decision, Question, Status
from conversation.picked import town_of
from conversation.place_words import BY_ADDRESS, EVERYDAY
from conversation.replies import reply, words
from conversation.scene import Scene
from directory.model import Facility, Hotline, Place
from directory.nearest import nearest
from directory.places import Found, is_by_the_border
from intents.rules import Rule

MOST_CARDS = 10
PLACES_OFFERED = 4
AGAIN = ("again",)  # options of a question for the place that was asked before
OUTSIDE = ("outside",)  # or that is open only because the place lay outside


def answer(
    conversation: Conversation,
    intent: str,
    scene: Scene,
    place: Place | None = None,
    unclear: Found | None = None,
) -> Decision:
    """Asks for the place only if the desk depends on it and none is known; which, if several may be meant."""
    rule = scene.rules.rule(intent)
    asks = place is None and len(_facilities(rule, scene)) > 1
    if asks and unclear and unclear.ambiguous:
        return ask_which_place(conversation, unclear, intent, scene, lead=body(rule, scene, place))
    messages = body(rule, scene, place) + ((_ask_place(scene),) if asks else ())
    asked = Asked(Question.PLACE, intent=intent) if asks else None
    quotes = quoting(conversation, scene) if place else ()
    outgoing = Outgoing(messages, choices=_choices(conversation, asks), quotes=quotes)
    return Decision(replace(conversation, asked=asked), outgoing=(outgoing,))


def body(rule: Rule, scene: Scene, place: Place | None) -> tuple[Message, ...]:
    """What we understood, the rule's answer, and its cards."""
    named = place is not None or len(_facilities(rule, scene)) == 1
    return (Text(_words(rule, scene, shown=named)), *cards(rule, scene, place))


def cards(rule: Rule, scene: Scene, place: Place | None) -> tuple[Cards, ...]:
    """Night lines, places, resources. Facilities of which there are many are left out until a place is known."""
    facilities = _facilities(rule, scene)
    shown = _places(facilities, scene, place) if place or len(facilities) == 1 else ()
    near_by = neighbourhood.cards(rule.intent, scene, place)
    all_ = (*_hotlines(rule, scene), *near_by, *shown, *_resources(rule, scene))[:MOST_CARDS]
    return (Cards(alt=f"{rule.title}のご案内", cards=all_),) if all_ else ()


def near(conversation: Conversation, place: Place, intent: str | None, scene: Scene) -> Decision:
    """The two nearest of what the intent wants, seen from the place. A position is not named back, nor kept."""
    rule = scene.rule(intent)
    wanted = _wanted_type(rule)
    named = place.kind != "position"
    facilities = tuple(scene.directory.of_type(wanted))
    near_by = neighbourhood.cards(intent or "", scene, place)
    shown = _places(facilities, scene, place)
    messages = (
        Text(place_words.near(place if named else None, wanted, len(facilities), scene)),
        Cards(alt=f"近くの{place_words.called(wanted, scene)}", cards=(*near_by, *shown)),
    )
    quotes = quoting(conversation, scene)
    outgoing = Outgoing(messages, choices=_choices(conversation, False), quotes=quotes)
    remembered = remembering(conversation, place, scene)
    return Decision(replace(remembered, asked=None), outgoing=(outgoing,))


def remembering(conversation: Conversation, place: Place, scene: Scene) -> Conversation:
    """With the area that the parent just named. A position is not kept."""
    if place.kind == "position" or not place.inside:
        return conversation
    return replace(conversation, area=place.name, area_from=scene.heard)


def outside(conversation: Conversation, place: Place, intent: str | None, scene: Scene) -> Decision:
    """Plainly, with what to do: the own town hall, and the lines that ask nobody where they live."""
    rule = scene.rule(intent)
    municipality = scene.directory.municipality
    lines = _hotlines(rule, scene) if rule else ()
    if is_by_the_border(place, scene.directory):
        wanted = _wanted_type(rule)
        shown = _places(tuple(scene.directory.of_type(wanted)), scene, place)
        text = words(
            "place_by_border",
            where=place_words.where(place, scene, near=True),
            municipality=municipality,
            type=place_words.called(wanted, scene),
        )
        cards = Cards(alt=f"近くの{place_words.called(wanted, scene)}", cards=(*lines, *shown)[:MOST_CARDS])
    else:
        text = words(
            "place_outside", where=place_words.where(place, scene, near=False), municipality=municipality
        )
        cards = Cards(
            alt="相談できるところ", cards=(*lines, facility_card(scene.desk, scene.now))[:MOST_CARDS]
        )
    asked = conversation.asked
    if asked is None or asked.question is not Question.CONSENT:
        asked = Asked(Question.PLACE, options=OUTSIDE, intent=intent)
    outgoing = Outgoing(
        (Text(text), cards),
        choices=(commands.LOCATE, _person(conversation)),
        quotes=quoting(conversation, scene),
    )
    return Decision(replace(conversation, asked=asked), outgoing=(outgoing,))


def ask_which_place(
    conversation: Conversation,
    found: Found,
    intent: str | None,
    scene: Scene,
    lead: tuple[Message, ...] = (),
) -> Decision:
    """Whether the one that is likely is meant, which of several, or which 丁目."""
    every = tuple(place.name for place in found.ambiguous)
    names = every if town_of(every) else every[:PLACES_OFFERED]
    asked = Asked(Question.WHICH_PLACE, options=names, intent=intent, named_in=scene.heard)
    labels = ("はい",) if len(names) == 1 else tuple(name[:20] for name in names)
    none = (commands.WRONG,) if found.guessed else ()
    choices = (*(Choice(label) for label in labels), *none, _person(conversation))
    text = Text(place_words.which(names, guessed=found.guessed))
    outgoing = Outgoing((*lead, text), choices=choices, quotes=quoting(conversation, scene))
    return Decision(replace(conversation, asked=asked), outgoing=(outgoing,))


def ask_place_again(conversation: Conversation, key: str = "ask_place_again") -> Decision:
    intent = conversation.asked.intent if conversation.asked else None
    asked = Asked(Question.PLACE, options=AGAIN, intent=intent)
    choices = (commands.LOCATE, _person(conversation))
    return Decision(replace(conversation, asked=asked), outgoing=(Outgoing((reply(key),), choices=choices),))


def anytime(conversation: Conversation) -> Decision:
    outgoing = Outgoing((reply("anytime"),), choices=(_person(conversation),))
    return Decision(replace(conversation, asked=None), outgoing=(outgoing,))


def place_not_found(conversation: Conversation, scene: Scene) -> Decision:
    text = reply("place_not_found", municipality=scene.directory.municipality)
    outgoing = Outgoing((text, _everyday_desk(scene)), choices=(_person(conversation),))
    return Decision(replace(conversation, asked=None), outgoing=(outgoing,))


def ask_topic(
    conversation: Conversation, intents: tuple[str, ...], scene: Scene, lead: str = "ask_topic"
) -> Decision:
    """The one clarifying question."""
    titles = tuple(scene.rules.rule(intent).title for intent in intents)
    asked = Asked(Question.TOPIC, options=intents)
    text = Text(words(lead) + "\n" + place_words.numbered(titles))
    choices = (*(Choice(title) for title in titles), commands.NONE_OF_THESE, commands.TALK)
    return Decision(replace(conversation, asked=asked), outgoing=(Outgoing((text,), choices=choices),))


def quoting(conversation: Conversation, scene: Scene) -> tuple[str, ...]:
    """The messages that an answer about a place gives away: what it answers, and what named the place before."""
    return tuple(dict.fromkeys((*scene.heard, *conversation.area_from)))


def lines_open_first(hotlines: tuple[Hotline, ...], scene: Scene) -> tuple[Hotline, ...]:
    """Open now, then unknown, then closed; the given order within each."""
    rank = {True: 0, None: 1, False: 2}
    return tuple(sorted(hotlines, key=lambda line: rank[line.hours.is_open(scene.now)]))


def _ask_place(scene: Scene) -> Text:
    directory = scene.directory
    return reply("ask_place", municipality=directory.municipality, phone=directory.main_phone.number)


def _words(rule: Rule, scene: Scene, *, shown: bool) -> str:
    text = f"{words('about', title=rule.title)}\n\n{rule.answer.strip()}"
    if shown and rule.desk == BY_ADDRESS and not rule.places:
        text += "\n\n" + words("assigned_by_address", center=scene.directory.family_center)
    return text


def _wanted_type(rule: Rule | None) -> str:
    return (rule.places or rule.desk if rule else None) or EVERYDAY


def _facilities(rule: Rule, scene: Scene) -> tuple[Facility, ...]:
    wanted = rule.places or rule.desk
    return tuple(scene.directory.of_type(wanted)) if wanted else ()


def _places(facilities: tuple[Facility, ...], scene: Scene, place: Place | None) -> tuple[Card, ...]:
    if len(facilities) > 1 and place and place.point:
        return tuple(near_card(one, scene.now) for one in nearest(place.point, facilities))
    return tuple(facility_card(facility, scene.now) for facility in facilities[:2])


def _resources(rule: Rule, scene: Scene) -> tuple[Card, ...]:
    by_id = {one.id: one for one in scene.directory.resources}
    rows = (
        by_id[name] for name in rule.resources if name in by_id
    )  # an older version may show a retired one
    return tuple(resource_card(one, scene.directory, scene.now) for one in rows)


def _hotlines(rule: Rule, scene: Scene) -> tuple[Card, ...]:
    by_id = {one.id: one for one in scene.directory.hotlines}
    hotlines = tuple(by_id[name] for name in rule.hotlines if name in by_id)
    return tuple(hotline_card(line, scene.now) for line in lines_open_first(hotlines, scene))


def _everyday_desk(scene: Scene) -> Cards:
    return Cards(alt=scene.desk.name, cards=(facility_card(scene.desk, scene.now),))


def _choices(conversation: Conversation, asks_place: bool) -> tuple[Choice, ...]:
    person = _person(conversation)
    return (commands.LOCATE, person, commands.WRONG) if asks_place else (person, commands.WRONG)


def _person(conversation: Conversation) -> Choice:
    return commands.TALK if conversation.status is Status.BOT else commands.STOP

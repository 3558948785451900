"""Rules edited part by part: what was not meant stays as it was, to the letter."""

from dataclasses import replace
from difflib import unified_diff

import pytest
from short_rules import short_rules

from intents import entry_edits, parts
from intents.parts import Unreadable
from intents.rules import parse

TEXT = short_rules()
TOP = {"format", "thresholds", "spellings", "out_of_scope"}
ENTRIES = [name for name in parts.split(TEXT) if name not in TOP]


def changes(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_a_form_that_was_not_touched_changes_nothing():
    for name in ENTRIES:
        assert entry_edits.write(TEXT, name, entry_edits.read(TEXT, name)) == TEXT


def test_a_new_example_is_one_new_line():
    after = entry_edits.with_example(TEXT, "temporary_care", "託児ルームに預けたい")

    assert changes(TEXT, after) == ["+      - 託児ルームに預けたい"]


@pytest.mark.parametrize("name", ENTRIES)
def test_what_a_form_says_is_read_again(name: str):
    form = entry_edits.Form(
        group="なかま",
        title="題: 名",
        answer="一行目\n# 二行目 は説明ではない",
        handoff=True,
        resources=("a",),
        strong=("つよい", "119", "はい"),
        weak=("a: b", "#c", "[d"),
        unless=("い", "う"),
        examples=("'1' と", "yes"),
    )

    assert entry_edits.read(entry_edits.write(TEXT, name, form), name) == form


def test_comments_in_other_lines_stay():
    text = TEXT.replace("  - id: temporary_care\n", "  - id: temporary_care\n    # だいじな覚え書き\n")
    form = replace(
        entry_edits.read(text, "temporary_care"), title="一時の預かり", desk="", examples=("預けたい",)
    )

    after = entry_edits.write(text, "temporary_care", form)

    assert "    # だいじな覚え書き\n" in after
    assert after.count("#") == text.count("#")


def test_a_sentence_taken_out_is_one_line_less():
    form = entry_edits.read(TEXT, "vaccination")

    after = entry_edits.write(TEXT, "vaccination", replace(form, examples=form.examples[1:]))

    assert [line[0] for line in changes(TEXT, after)] == ["-"]


def test_an_intent_of_the_wards_own_can_be_added_and_retired():
    added = entry_edits.new_entry(
        TEXT, "ward_pool", "区民プール", "居場所・つながり", "プールは何時までですか"
    )
    added = entry_edits.with_keyword(added, "ward_pool", "水遊び")
    retired = entry_edits.write(
        added, "ward_pool", replace(entry_edits.read(added, "ward_pool"), retired=True)
    )

    assert [word.text for word in parse(added).rule("ward_pool").keywords] == ["区民プール", "水遊び"]
    assert "ward_pool" not in {rule.intent for rule in parse(retired).rules}
    assert parse(retired).rule("ward_pool").title == "区民プール"


def test_a_slip_is_told_in_the_lines_of_the_part():
    entry = parts.text_of(TEXT, "temporary_care")
    broken = entry.replace("    title: ", "    title: '", 1)

    with pytest.raises(Unreadable) as caught:
        parts.with_part(TEXT, "temporary_care", broken)

    assert all(1 <= problem.line <= entry.count("\n") + 1 for problem in caught.value.problems)


@pytest.mark.parametrize(
    "new",
    [
        "",
        "  - id: temporary\n    title: 別の名前\n",
        "thresholds: {}\n",
        "      - ぽつんと\n",
        "こんにちは\n",
    ],
)
def test_a_part_stays_the_part_that_it_is(new: str):
    with pytest.raises(Unreadable):
        parts.with_part(TEXT, "temporary_care", new)


def test_two_people_who_changed_different_intents_are_both_heard():
    mine = entry_edits.with_example(TEXT, "temporary_care", "託児ルームに預けたい")
    theirs = entry_edits.with_example(TEXT, "vaccination", "おたふくの注射の時期")

    merged, both = parts.merged(TEXT, mine, theirs)

    assert (merged, both) == (
        entry_edits.with_example(mine, "vaccination", "おたふくの注射の時期"),
        (),
    )


def test_what_both_changed_is_named():
    mine = entry_edits.with_example(TEXT, "vaccination", "おたふくの注射の間隔")
    theirs = entry_edits.with_example(TEXT, "vaccination", "おたふくの注射の時期")

    merged, both = parts.merged(TEXT, mine, theirs)

    assert (merged, both) == (mine, ("vaccination",))

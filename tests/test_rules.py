import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.ids import INTENTS
from intents.rules import BadRules, Thresholds, parse

RULE = """\
  - id: {id}
    group: 会話
    title: 題
    answer: 答え
    keywords:
      strong: [ことば{id}]
"""


def whole(entry="", *, thresholds="", leave_out=()):
    """A sound text with a rule for every id, of which `entry` replaces temporary_care's."""
    others = "".join(RULE.format(id=id) for id in sorted(INTENTS - {"temporary_care"} - set(leave_out)))
    mine = textwrap.indent(textwrap.dedent(entry).strip("\n"), "  ") + "\n" if entry else ""
    return f"format: 1\n{thresholds}intents:\n{mine or RULE.format(id='temporary_care')}{others}"


def problems(text):
    with pytest.raises(BadRules) as caught:
        parse(text)
    return [(problem.line, problem.message) for problem in caught.value.problems]


CARE = """
    - id: temporary_care
      group: 預ける
      title: 一時預かり
      desk: 特定型
      resources: [ichiji-hoiku]
      handoff: true
      answer: |-
        一行目
        二行目
      keywords:
        strong: [一時保育, 119]
        weak: [預け]
      together:
        - [預け|見てほしい, 歯医者]
      unless: [病児]
      examples:
        - 一時保育はどこ
      must_not: [こんにちは]
"""


def test_a_sound_text_becomes_rules():
    rules = parse(whole(CARE), version=3)

    care = rules.rule("temporary_care")
    assert rules.version == 3
    assert {rule.intent for rule in rules.rules} == INTENTS
    assert care.answer == "一行目\n二行目"
    assert care.resources == ("ichiji-hoiku",)
    assert care.handoff
    assert [(keyword.text, keyword.factor) for keyword in care.keywords] == [
        ("一時保育", 8.0),
        ("119", 8.0),
        ("預け", 1.5),
    ]
    assert care.together[0].members == (("預け", "見てほしい"), ("歯医者",))
    assert (care.line, care.example_lines) == (3, (19,))


def test_another_spelling_of_a_keyword_does_no_harm():
    rules = parse(whole(CARE.replace("weak: [預け]", "weak: [預け, あずけ]")))

    assert [keyword.text for keyword in rules.rule("temporary_care").keywords] == ["一時保育", "119", "預け"]


def test_thresholds_left_out_have_defaults():
    rules = parse(whole(thresholds="thresholds: {gap: 0.2}\n"))

    assert rules.thresholds == Thresholds(answer=0.60, ask=0.14, gap=0.2)


def test_an_intent_without_a_rule_is_a_key_error():
    rules = parse(whole())

    with pytest.raises(KeyError):
        rules.rule("crisis_dv")


@pytest.mark.parametrize(
    ("change", "to", "line", "says"),
    [
        ("title: 一時預かり", "titel: 一時預かり", 5, "`title` のことですか"),
        ("title: 一時預かり", "title: " + "長" * 21, 5, "20文字まで"),
        ("    title: 一時預かり\n", "", 3, "`title` がありません"),
        ("desk: 特定型", "desk: 特別型", 6, "こども家庭センター型"),
        ("resources: [ichiji-hoiku]", "resources: ichiji-hoiku", 7, "並び"),
        ("handoff: true", "handoff: はい", 8, "true か false"),
        ("group: 預ける", "group: [預ける]", 4, "1つの文字列"),
        ("group: 預ける", "group: ''", 4, "空です"),
        ("group: 預ける", "group: 預ける\n    group: 会話", 5, "2回あります"),
        ("id: temporary_care", "id: temporary_car", 3, "`temporary_care` のことですか"),
        ("id: temporary_care", "id: crisis_dv", 3, "使えるのは after_school"),
        ("strong:", "strongest:", 13, "`strong` のことですか"),
        ("weak: [預け]", "weak: [一時 保育]", 14, "「一時保育」（13 行目）と同じ"),
        ("weak: [預け]", "weak: [預け, 預け]", 14, "「預け」（14 行目）と同じ"),
        ("weak: [預け]", "weak: [！]", 14, "記号や空白だけ"),
        ("weak: [預け]", "weak: [" + "長" * 51 + "]", 14, "50文字まで"),
        ("[預け|見てほしい, 歯医者]", "[預け]", 16, "2つ以上"),
        ("[預け|見てほしい, 歯医者]", "[預け|, 歯医者]", 16, "記号や空白だけ"),
        ("      一行目\n", "      " + "長" * 1000 + "\n", 9, "1000文字まで"),
    ],
)
def test_a_problem_is_told_with_its_line_and_its_mend(change, to, line, says):
    text = whole(CARE).replace(change, to, 1)

    told = problems(text)

    assert any(says in message and at == line for at, message in told)


def test_an_id_that_comes_twice_is_told_at_the_second():
    text = whole(CARE) + RULE.format(id="temporary_care")

    told = problems(text)

    assert told == [
        (text.count("\n") - 5, "id `temporary_care` は 3 行目にもあります。1つにまとめてください。")
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "中身がありません"),
        ("- a\n- b\n", 1, "`名前: 値` の組"),
        ("format: 1\nintents: [\n", 3, "YAMLとして読めません"),
        ("format: 1\n\tintents: []\n", 2, "YAMLとして読めません"),
        ("format: 1\nintents: " + "[" * 10_000, 2, "深すぎます"),
        (whole().replace("format: 1", "format: 2"), 1, "format: 1"),
        (whole(leave_out={"thanks"}), 3, "thanks"),
        (whole(thresholds="thresholds: {answer: 60}\n"), 2, "0 から 1"),
        (whole(thresholds="thresholds: {answer: 0x1}\n"), 2, "0 から 1"),
        (whole(thresholds="thresholds: {answer: .nan}\n"), 2, "0 から 1"),
        (whole(thresholds="thresholds: {answer: 0.1}\n"), 2, "`ask` は `answer` 以下"),
        (
            whole().replace("    keywords:\n      strong: [ことばthanks]", "    keywords: {}"),
            None,
            "キーワードがありません",
        ),
        (
            whole().replace("    keywords:\n      strong: [ことばthanks]", "    keywords: [a]"),
            None,
            "strong、normal、weak",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text, line, says):
    told = problems(text)

    assert any(says in message and line in (at, None) for at, message in told)


def test_every_problem_is_told_at_once_in_the_order_of_the_lines():
    text = whole(CARE).replace("desk: 特定型", "desk: 特別型").replace("handoff: true", "handoff: 1")

    told = problems(text)

    assert [line for line, _ in told] == [6, 8]


def test_a_problem_names_the_entry():
    with pytest.raises(BadRules) as caught:
        parse(whole(CARE).replace("handoff: true", "handoff: 1"))

    assert caught.value.problems[0].where == "intents[0] (temporary_care)"


@given(st.text() | st.text(alphabet="formatines: 1-[]{}&*!|>\n'\"#?,"))
def test_no_text_breaks_the_parser(text):
    told = problems(text)

    assert all(line >= 1 and message for line, message in told)

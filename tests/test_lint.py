import pytest

from intents.lint import check_examples, lint
from intents.rule import STRONG, WEAK
from intents.rules import Keyword, Rule, Rules


def rule(intent="temporary_care", **parts):
    sound = {
        "title": "題",
        "group": "預ける",
        "answer": "答え",
        "desk": "特定型",
        "places": None,
        "resources": ("ichiji-hoiku",),
        "hotlines": (),
        "handoff": False,
        "examples": ("一時保育はどこ",),
        "example_lines": (20,),
        "must_not": ("こんにちは",),
        "must_not_lines": (30,),
        "keywords": (Keyword("一時保育", STRONG, line=10),),
        "line": 1,
    }
    return Rule(intent=intent, **{**sound, **parts})


def other(*keywords, **parts):
    sound = {"examples": ("保育園",), "line": 100, **parts}
    return rule("nursery_admission", keywords=keywords, **sound)


NURSERY = Keyword("保育園", STRONG, line=110)


def findings(*rules):
    known = {
        "resources": frozenset({"ichiji-hoiku"}),
        "desks": frozenset({"特定型"}),
        "hotlines": frozenset({"boshi"}),
    }
    told = [*lint(Rules(0, rules), **known), *check_examples(Rules(0, rules)).failed]
    return [(finding.line, finding.message) for finding in told]


def test_good_rules_have_no_findings():
    assert findings(rule(), other(NURSERY)) == []


@pytest.mark.parametrize(
    ("rules", "line", "says"),
    [
        ((rule(resources=("ichiji",)),), 1, "`resources` の「ichiji」"),
        ((rule(hotlines=("ichiji-hoiku",)),), 1, "`hotlines` の「ichiji-hoiku」"),
        ((rule(desk="基本型"),), 1, "`desk` の「基本型」"),
        ((rule(places="公園"),), 1, "`places` の「公園」"),
        ((rule(examples=(), example_lines=()),), 1, "`examples` がありません"),
        ((rule(must_not=(), must_not_lines=()),), 1, "`must_not` がありません"),
        ((rule(keywords=(Keyword("一時保育", STRONG), Keyword("園", WEAK, line=12))),), 12, "短すぎ"),
        ((rule(), rule("short_stay", examples=(), example_lines=())), 10, "temporary_care でも strong"),
        (
            (rule(), other(NURSERY, Keyword("一時保育の園", WEAK, line=111))),
            111,
            "strong「一時保育」が効かなく",
        ),
        ((rule(unless=("保育",)),), 10, "決して効きません"),
        (
            (rule(examples=("一時保育はどこ", "保育園"), example_lines=(20, 21)), other(NURSERY)),
            21,
            "答えたのは nursery_admission",
        ),
        ((rule(must_not=("一時保育じゃない",), must_not_lines=(30,)),), 30, "「一時保育」）"),
    ],
)
def test_a_finding_is_told_with_its_line(rules, line, says):
    told = findings(*rules)

    assert any(at == line and says in message for at, message in told)


def test_a_longer_keyword_that_is_as_strong_is_no_finding():
    told = findings(rule(), other(NURSERY, Keyword("一時保育の園", STRONG, line=111)))

    assert told == []


def test_examples_are_counted():
    mine = rule(examples=("一時保育", "いちじほいく", "保育園"), example_lines=(20, 21, 22))
    rules = Rules(0, (mine, other(NURSERY)))

    report = check_examples(rules)

    assert (report.passed, report.total) == (5, 6)
    assert [finding.line for finding in report.failed] == [22]


def test_an_example_may_be_asked_about():
    both = Rules(0, (rule(examples=("園に預ける",)), other(NURSERY, examples=("園に預ける",))))

    assert check_examples(both).failed == ()


def test_what_is_out_of_scope_has_examples_too():
    foreign = rule("out_of_scope", examples=("ごみの日は",), must_not=("一時保育はどこ",), keywords=())
    rules = Rules(0, (rule(),), out_of_scope=foreign)

    assert check_examples(rules).failed == ()

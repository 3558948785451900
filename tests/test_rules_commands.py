"""`tsunagu rules …`, as somebody who has never seen YAML uses it: every slip is told with its line and its mend."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from short_rules import short_rules
from test_settings import GOOD

from bot.cli import main
from intents.changes import summary

SEED = short_rules()
LINES = SEED.splitlines()
EXAMPLE = "一時保育の申し込みをしたいです"  # as good an example of temporary care as any


def at(pattern: str, within: str = "temporary_care") -> int:
    """The line (from 1) in a rule of the file that ships, so that an edit of the file does not break a test."""
    first = LINES.index(f"  - id: {within}")
    return next(n for n, line in enumerate(LINES[first:], first + 1) if re.match(pattern, line))


def replaced(line: int, *by: str) -> str:
    """The file that ships with other lines in the place of one."""
    return "\n".join([*LINES[: line - 1], *by, *LINES[line:]]) + "\n"


def after(line: int, *more: str) -> str:
    return replaced(line, LINES[line - 1], *more)


ID, TITLE, RESOURCES = at("  - id:"), at("    title:"), at("    resources:")
STRONG, EXAMPLES, MUST_NOT = at(r"      strong: \["), at("    examples:"), at("    must_not:")
NEXT_ID = next(n for n, line in enumerate(LINES[ID:], ID + 1) if line.startswith("  - id:"))
ANSWER_FROM = next(n for n, line in enumerate(LINES, 1) if re.match("  answer: 0", line))
FORMAT = LINES.index("format: 1") + 1
END_OF_STRONG = next(n for n, line in enumerate(LINES[STRONG:], STRONG + 1) if line.strip() == "]")
JAPANESE = next(n for n, line in enumerate(LINES, 1) if not line.isascii())

BROKEN = {
    "the indentation is off": (replaced(TITLE, "   title: 一時預かり"), TITLE, "字下げ"),
    "a tab": (replaced(TITLE, "\ttitle: 一時預かり"), TITLE, "タブが使われています"),
    "a full-width space": (replaced(TITLE, "　　title: 一時預かり"), TITLE, "全角の空白が使われています"),
    "a full-width colon": (replaced(TITLE, "    title：一時預かり"), TITLE, "「：」が全角です"),
    "no space after the colon": (replaced(TITLE, "    title:一時預かり"), TITLE, "半角の空白を1つ"),
    "a quote that is not closed": (replaced(TITLE, '    title: "一時預かり'), TITLE, "引用符"),
    "a quote in a list that is not closed": (after(EXAMPLES, "      - '一時保育"), EXAMPLES + 1, "引用符"),
    "a bracket that is not closed": (replaced(END_OF_STRONG), STRONG, "「[」が閉じられていない"),
    "a misspelt part": (replaced(TITLE, "    titel: 一時預かり"), TITLE, "`title` のことですか"),
    "a misspelt strength": (replaced(STRONG, "      storng: ["), STRONG, "`strong` のことですか"),
    "an unknown intent": (replaced(ID, "  - id: temporary_car"), ID, "`temporary_care` のことですか"),
    "an id that comes twice": (
        replaced(NEXT_ID, "  - id: temporary_care"),
        NEXT_ID,
        f"{ID} 行目にもあります",
    ),
    "a missing part": (replaced(TITLE), ID, "`title` がありません"),
    "text for yes or no": (after(TITLE, "    handoff: たぶん"), TITLE + 1, "true か false"),
    "a text for a list": (replaced(RESOURCES, "    resources: ichiji-hoiku"), RESOURCES, "並びで書いて"),
    "a threshold above one": (replaced(ANSWER_FROM, "  answer: 60"), ANSWER_FROM, "0 から 1 までの数"),
    "an empty keyword": (after(STRONG, "        '',"), STRONG + 1, "空です"),
    "a keyword of punctuation": (after(STRONG, "        ！？,"), STRONG + 1, "記号や空白だけ"),
    "a keyword twice": (
        after(STRONG, "        あたらしい言葉,", "        あたらしい言葉,"),
        STRONG + 2,
        f"「あたらしい言葉」（{STRONG + 1} 行目）と同じ言葉",
    ),
    "a keyword that is too long": (after(STRONG, f"        {'長' * 51},"), STRONG + 1, "50文字まで"),
    "a title that is too long": (replaced(TITLE, f"    title: {'長' * 21}"), TITLE, "20文字まで"),
    "an example that fails": (
        after(EXAMPLES, "      - もう死にたい"),
        EXAMPLES + 1,
        "examples「もう死にたい」がこの用件になりません（危機と判断",
    ),
    "a must_not that fails": (
        after(MUST_NOT, f"      - {EXAMPLE}"),
        MUST_NOT + 1,
        f"must_not「{EXAMPLE}」にこの用件として答えてしまいます",
    ),
    "a service that is not in the data": (replaced(RESOURCES, "    resources: [ichiji]"), ID, "「ichiji」"),
    "another format": (replaced(FORMAT, "format: 2"), FORMAT, "`format: 1`"),
}
UNREADABLE = {
    "CP932": (SEED.encode("cp932", "replace"), JAPANESE, "Shift_JIS(CP932"),
    "UTF-16": (SEED.encode("utf-16"), 1, "UTF-16"),
    "a broken character": (replaced(TITLE, "    title: X").encode().replace(b"X", b"\xe3\x81"), TITLE, "UTF-8として読めない"),
    "a NUL": (replaced(TITLE, "    title: 一時\0預かり").encode(), TITLE, "U+0000"),
    "a bell": (replaced(TITLE, "    title: 一時\a預かり").encode(), TITLE, "U+0007"),
    "nothing at all": (b"", 1, "中身がありません"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", 1, "UTF-8"),
}  # fmt: skip


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["rules", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the short rules as version 1."""
    file = tmp_path_factory.mktemp("prepared") / "tsunagu.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.program.seed_rules", short_rules)
        upgraded = CliRunner(env=GOOD | {"DATABASE_URL": f"sqlite:///{file}"}).invoke(main, ["db", "upgrade"])
    assert upgraded.exit_code == 0
    return file


@pytest.fixture
def environment(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder and a database of one's own."""
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{shutil.copy(prepared, tmp_path)}")
    shipped = prepared.with_name("routing_rules.yaml")
    shipped.write_text(SEED, encoding="utf-8")
    monkeypatch.setattr("bot.rules_file.shipped", lambda: shipped)
    return tmp_path


def publish(file: Path, text: str, *options: str) -> Result:
    file.write_bytes(text.encode())
    return run("publish", file, "--note", "ためし", *options)


def versions() -> int:
    return len(run("history").stdout.splitlines())


@pytest.mark.parametrize("case", BROKEN)
def test_a_slip_is_told_with_its_line_and_its_mend(case: str, file: Path):
    text, line, says = BROKEN[case]
    file.write_text(text, encoding="utf-8")

    result = run("check", file)

    (told,) = [each for each in result.stdout.splitlines() if says in each]
    assert result.exit_code == 1
    assert told.startswith(f"{file}:{line}: ")


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_is_no_utf8_says_how_to_save_it(case: str, file: Path):
    data, line, says = UNREADABLE[case]
    file.write_bytes(data)

    result = run("check", file)

    (told,) = [each for each in result.output.splitlines() if each.startswith(f"{file}:")]
    assert result.exit_code == 1
    assert told.startswith(f"{file}:{line}: ")
    assert says in told


def test_several_slips_are_told_at_once_in_the_order_of_the_lines(file: Path):
    lines = SEED.splitlines()
    lines[TITLE - 1], lines[RESOURCES - 1] = "    titel: 一時預かり", "    resources: ichiji-hoiku"
    file.write_text("\n".join(lines), encoding="utf-8")

    result = run("check", file)

    numbers = [int(found) for found in re.findall(rf"{re.escape(str(file))}:(\d+):", result.stdout)]
    assert numbers == [ID, TITLE, RESOURCES]  # the title is missing, too
    assert "直すところが3つあります" in result.stdout
    assert "例文は、まちがいを直したあとで" in result.stdout


def test_a_failing_example_is_counted(file: Path):
    file.write_text(BROKEN["an example that fails"][0], encoding="utf-8")

    result = run("check", file)

    total, passed = re.search(r"例文: (\d+)文のうち(\d+)文が期待どおり", result.stdout).groups()
    assert int(passed) == int(total) - 1


def test_the_rules_that_ship_have_nothing_to_mend(file: Path):
    file.write_text(SEED, encoding="utf-8")

    result = run("check", file)

    total, passed = re.search(r"例文: (\d+)文のうち(\d+)文が期待どおり", result.stdout).groups()
    assert (result.exit_code, passed) == (0, total)


def test_the_first_lesson_of_the_guide_works(file: Path):
    guide = (Path(__file__).parent.parent / "docs/ja/rules.md").read_text(encoding="utf-8")
    word, sentence = "        託児ルーム,", "      - 託児ルームに預けたいです"
    assert word in guide
    assert sentence in guide
    lines = [*LINES]
    lines.insert(EXAMPLES, sentence)
    lines.insert(at(r"      normal: \["), word)
    file.write_text("\n".join(lines), encoding="utf-8")

    result = run("check", file)

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "✓ 直すところはありません。")


def test_the_mark_that_windows_puts_first_is_left_out_and_said(file: Path):
    file.write_bytes(b"\xef\xbb\xbf" + SEED.encode())

    result = run("check", file)

    assert result.exit_code == 0
    assert "BOM" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "nowhere.yaml"],
        ["publish", "rules.yaml"],
        ["publish", "rules.yaml", "--note", " \n"],
        ["publish", "rules.yaml", "--note", "ためし", "--by", ""],
        ["diff", "rules.yaml", "--to", "1"],
        ["diff", "--from", "0"],
        ["diff", "--from", "7"],
        ["export", "--version", "99999999999"],
        ["export", "--version", "7"],
    ],
)
def test_wrong_use_ends_with_two(arguments: list[str], environment: Path):
    (environment / "rules.yaml").write_text(SEED, encoding="utf-8")

    assert run(*arguments).exit_code == 2


def test_what_was_published_is_in_the_history_with_who_and_why(environment: Path, file: Path):
    file.write_text(f"{SEED}# 2\n", encoding="utf-8")

    result = run("publish", file, "--note", "産後の言葉を\n足した", "--by", "こども政策課 佐藤")

    newest, seed = run("history").stdout.splitlines()
    assert result.exit_code == 0
    assert "第2版" in result.stdout
    assert newest.startswith("第2版\t")
    assert newest.endswith("\tこども政策課 佐藤\t産後の言葉を 足した\t公開中")
    assert seed.startswith("第1版\t")
    assert "公開中" not in seed


def test_the_history_tells_the_time_of_tokyo(environment: Path):
    with sqlite3.connect(environment / "tsunagu.db") as connection:
        connection.execute("UPDATE ruleset SET published_at = '2026-03-31 15:30:00.000000'")
    connection.close()

    assert "\t2026-04-01 00:30\t" in run("history").stdout


def test_what_is_published_comes_back_to_the_byte(environment: Path, file: Path):
    text = SEED.replace("\n", "\r\n") + "# 終わり 😀"
    publish(file, text)

    to_file, to_screen = run("export", "-o", "out.yaml"), run("export", "--version", "2")

    assert to_file.exit_code == 0
    assert (environment / "out.yaml").read_bytes() == text.encode()
    assert to_screen.stdout_bytes == text.encode()


def test_export_writes_over_nothing_unless_told(environment: Path):
    mine = environment / "routing_rules.yaml"
    mine.write_text("書きかけ", encoding="utf-8")

    refused = run("export", "-o", mine)
    kept = mine.read_text(encoding="utf-8")
    forced = run("export", "-o", mine, "--force")

    assert (refused.exit_code, kept, forced.exit_code) == (1, "書きかけ", 0)
    assert mine.read_text(encoding="utf-8") == SEED


def test_export_into_a_folder_that_is_not_there_says_so(environment: Path):
    result = run("export", "-o", environment / "nowhere" / "rules.yaml")

    assert result.exit_code == 1
    assert "書けません" in result.stderr


def test_going_back_is_publishing_an_exported_version(environment: Path, file: Path):
    publish(file, f"{SEED}# 2\n")
    run("export", "--version", "1", "-o", "old.yaml")

    assert run("publish", "old.yaml", "--note", "もとに戻す").exit_code == 0
    assert run("export").stdout_bytes == SEED.encode()


def test_what_is_live_already_is_refused(environment: Path, file: Path):
    result = publish(file, SEED)

    assert result.exit_code == 1
    assert "第1版とまったく同じ" in result.stderr
    assert versions() == 1


@pytest.mark.parametrize(
    "case", ["a misspelt part", "an example that fails", "a must_not that fails", "a tab"]
)
def test_what_has_a_slip_is_not_published(case: str, environment: Path, file: Path):
    text, line, says = BROKEN[case]

    result = publish(file, text)

    (told,) = [each for each in result.stderr.splitlines() if says in each]
    assert result.exit_code == 1
    assert told.startswith(f"{file}:{line}: ")
    assert versions() == 1


@pytest.mark.parametrize("case", ["CP932", "a NUL"])
def test_what_is_no_text_is_not_published(case: str, environment: Path, file: Path):
    file.write_bytes(UNREADABLE[case][0])

    assert run("publish", file, "--note", "ためし").exit_code == 1
    assert versions() == 1


def test_diff_says_in_words_what_the_file_would_change(environment: Path, file: Path):
    text = after(STRONG, "        あたらしい言葉,").replace(
        f"\n{LINES[TITLE - 1]}\n", "\n    title: 子どもを預ける\n"
    )
    file.write_text(text, encoding="utf-8")

    lines = run("diff", file).stdout.splitlines()

    title = LINES[TITLE - 1].split(": ")[1]
    assert lines[0] == f"第1版 → {file}"
    assert lines[1:] == [
        f"temporary_care「{title}」",
        f"  title: 「{title}」 → 「子どもを預ける」",
        "  strong に足した言葉: 「あたらしい言葉」",
    ]


def test_diff_between_two_versions(environment: Path, file: Path):
    publish(file, after(EXAMPLES, f"      - {EXAMPLE}"))

    there, back = run("diff", "--from", "1", "--to", "2"), run("diff", "--from", "2", "--to", "1")

    assert f"  examples に足した文: 「{EXAMPLE}」" in there.stdout
    assert f"  examples から消した文: 「{EXAMPLE}」" in back.stdout


def test_diff_line_by_line(environment: Path, file: Path):
    file.write_text(f"{SEED}# 説明だけ", encoding="utf-8")

    words, lines = run("diff", file), run("diff", file, "--unified")

    assert "説明(#)・並び順・空白だけがちがいます" in words.stdout
    assert lines.stdout.splitlines()[:2] == ["--- 第1版", f"+++ {file}"]
    assert lines.stdout.endswith("+# 説明だけ\n\\ No newline at end of file\n")


def test_diff_takes_the_file_in_the_current_folder(environment: Path):
    same = run("diff")
    (environment / "routing_rules.yaml").write_text(
        after(STRONG, "        あたらしい言葉,"), encoding="utf-8"
    )

    changed = run("diff")

    assert "まったく同じです" in same.stdout
    assert "routing_rules.yaml\n" in changed.stdout
    assert "あたらしい言葉" in changed.stdout


def test_diff_of_a_broken_file_says_what_is_broken(environment: Path, file: Path):
    text, line, says = BROKEN["a misspelt part"]
    file.write_text(text, encoding="utf-8")

    result = run("diff", file)

    assert result.exit_code == 1
    assert f"{file}:{line}: " in result.stderr
    assert says in result.stderr


def test_try_takes_the_file_in_the_current_folder(environment: Path):
    (environment / "routing_rules.yaml").write_text(after(STRONG, "        かわうそ,"), encoding="utf-8")

    assert "「かわうそ」" in run("try", "かわうそ").stdout


def test_try_with_a_file_in_another_encoding_says_how_to_save_it(file: Path):
    file.write_bytes(SEED.encode("cp932", "replace"))

    result = run("try", "一時保育", "--rules", file)

    assert result.exit_code == 1
    assert "UTF-8" in result.stderr


OLD = """
thresholds: {answer: 0.6}
intents:
- id: a
  title: あ
  answer: |-
    一行目
    二行目
  keywords: {strong: [花, 119], weak: [草]}
  together: [[花|木, 水]]
  examples: [花です]
- id: gone
  title: 消える
extra: [{word: 猫}]
"""
NEW = """
thresholds: {answer: 0.7}
intents:
- id: a
  title: あ
  desk: 基本型
  answer: |-
    一行目
    三行目
  keywords: {strong: [草, 119], normal: [虫]}
  together: [[花|木, 火]]
  examples: [花です]
  must_not: [虫です]
- id: new
  title: 加わる
extra: [{word: 犬}]
"""


def test_every_kind_of_change_is_told():
    assert summary(OLD, NEW) == [
        "thresholds",
        "  answer: 「0.6」 → 「0.7」",
        "a「あ」",
        "  answer を変えました:",
        "      一行目",
        "    - 二行目",
        "    + 三行目",
        "  weak から strong に移した言葉: 「草」",
        "  strong から消した言葉: 「花」",
        "  normal に足した言葉: 「虫」",
        "  together に足した組み合わせ: [花|木, 火]",
        "  together から消した組み合わせ: [花|木, 水]",
        "  desk: (なし) → 「基本型」",
        "  must_not に足した文: 「虫です」",
        "gone「消える」: 項目がなくなりました。",
        "new「加わる」: 新しい項目です。",
        "extra",
        '  に足した言葉: {"word": "犬"}',
        '  から消した言葉: {"word": "猫"}',
    ]


def test_order_comments_and_quotes_are_no_change():
    assert summary("a: [x, y]\nb: 1\n", "# 説明\nb: '1'\na: ['y', x]\n") == []


@pytest.mark.parametrize(
    ("text", "mark", "says"),
    [
        (SEED, "✓", None),
        (f"{SEED}# 2\n", "✗", "tsunagu rules publish"),
    ],
)
def test_the_doctor_says_when_the_file_is_not_what_is_live(
    text: str, mark: str, says: str | None, environment: Path
):
    (environment / "routing_rules.yaml").write_text(text, encoding="utf-8")

    told = _doctor()

    (line,) = [each for each in told if "公開中のルールがちがいます" in each] or [None]
    assert (line is None) == (says is None)
    assert line is None or (line.startswith(mark) and says in line)


def test_the_doctor_knows_a_file_that_is_only_behind(environment: Path, file: Path):
    publish(file, f"{SEED}# 2\n")

    (line,) = [each for each in _doctor() if "公開中のルールがちがいます" in each]

    assert line.startswith("✓")
    assert "第1版と同じ" in line


def test_the_doctor_names_a_version_that_this_program_cannot_read(environment: Path):
    with sqlite3.connect(environment / "tsunagu.db") as connection:
        connection.execute(
            "INSERT INTO ruleset (version, text, published_at, published_by, note) VALUES (2, 'format: 2', '2026-11-24 00:00:00', '-', '-')"
        )
    connection.close()

    assert any(line.startswith("✗ 公開中のルール(第2版)を、このプログラムは読めません") for line in _doctor())


def _doctor() -> list[str]:
    return CliRunner(env={"LINE_API_HOST": "http://127.0.0.1:9"}).invoke(main, ["doctor"]).stdout.splitlines()

"""The command line. Exit status: 0 good, 1 found problems, 2 wrong use."""

import importlib
from typing import Final

import click

# Each command's module is imported when the command is called: `tsunagu rules check` need not know LINE's SDK.
COMMANDS: Final = {
    "serve": "bot.commands.serving",
    "worker": "bot.commands.serving",
    "demo": "bot.commands.demo",
    "db": "bot.commands.database",
    "staff": "bot.commands.accounts",
    "data": "bot.commands.data",
    "alerts": "bot.commands.alerts",
    "audit": "bot.commands.auditing",
    "doctor": "bot.commands.doctor",
    "line": "bot.commands.line",
    "opendata": "bot.commands.opendata",
    "rules": "bot.commands.rules",
    "classify": "bot.commands.asking",
    "nearest": "bot.commands.asking",
    "pack": "bot.commands.packs",
    "outbox": "bot.commands.queues",
    "inbox": "bot.commands.queues",
    "keys": "bot.commands.keys",
    "retention": "bot.commands.retention",
    "erase": "bot.commands.records",
    "export": "bot.commands.records",
    "hold": "bot.commands.records",
    "backup": "bot.commands.backups",
    "restore": "bot.commands.backups",
}


class Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        return command


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tsunagu")
def main() -> None:
    """つなぐ窓口: the LINE entry point to a ward's child-rearing consultation."""

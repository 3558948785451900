"""`python -m bot`, for where the `tsunagu` command is not on the path."""

from bot.cli import main

main(prog_name="tsunagu")

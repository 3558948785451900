"""What every process reads before its first message, read once: those that are forked after this have it already."""

from functools import cache

import bot.program
from bot.program import seed_rules
from directory.pack import load
from intents.classify import prepare
from storage import rulesets

# Pure, and seconds' work for each of the many processes that the tests start.
bot.program.load = cache(load)
rulesets.parse = cache(rulesets.parse)  # type: ignore[assignment]
bot.program.load("nakano")
prepare(rulesets.parse(seed_rules(), version=1))

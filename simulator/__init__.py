"""A stand-in for LINE: a parent's phone, signed webhooks, and the Messaging API, with faults on demand.

It shares no code with `bot`: what both got wrong alike could not be seen in a test.
"""

"""What LINE accepts: the form and the limits of messages.

Source: https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

"""Read models for the console: plain selects, plain values. Nothing here changes a conversation."""

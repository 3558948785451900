"""What `tsunagu doctor` looks at. Each finding is one line for a person: good, or what to do."""

Finding = tuple[bool, str]

"""What the shop means: nouns are files, verbs are pure functions over the open books of a batch."""

"""What is refused most often, in words for people: the API's own are for programs, and in English."""

from onhand.console.marks import N_

WORDS = {
    "Validation failed": N_("Not saved"),
    "Insufficient stock": N_("Not enough stock"),
    "Invalid transition": N_("Not possible now"),
    "Forbidden": N_("Not allowed"),
    "Input should be a valid integer": N_("Type a whole number."),
    "Input should be a valid number": N_("Type a number."),
    "Input should be greater than 0": N_("Type a number above 0."),
    "Input should be greater than or equal to 0": N_("Type 0 or more."),
    "Input should be greater than or equal to 1": N_("Type 1 or more."),
    "Is required": N_("This is needed."),
}
AMOUNT = N_("Type an amount, such as 19.99.")


def in_words(text: str) -> str:
    """What stands in the catalogs for a title or a message of a refusal, or the text as it is."""
    return AMOUNT if text.startswith("an amount is a decimal string") else WORDS.get(text, text)

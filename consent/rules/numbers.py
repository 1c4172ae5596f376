"""Numbers of buildings, stairwells and doors as people sort them."""


def natural(number: str) -> tuple[int, str]:
    """Sorts "2" before "10", and what is no number by its text at the end."""
    digits = "".join(letter for letter in number if letter in "0123456789")
    return (int(digits[:15]) if digits else 10**15, number)

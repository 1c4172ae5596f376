"""What keeps a neighbourhood up: bodies, texts, party members, handover, upkeep. One module a subject."""

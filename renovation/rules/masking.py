"""Personal fields as everybody may see them: enough to recognise what one knows, too little to learn it."""


def mask_name(name: str) -> str:
    """The first character: 周敏 reads 周**. An empty name stays empty."""
    return f"{name[0]}**" if name else ""


def mask_phone(phone: str) -> str:
    """138****2071. A number of fewer than eleven characters shows its last two, of fewer than six nothing."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"****{phone[-2:]}" if len(phone) >= 6 else "****" if phone else ""

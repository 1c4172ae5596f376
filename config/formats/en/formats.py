"""Days and moments in English as `common/figures.py` has them, where the lists of the back office write them."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y H:i"

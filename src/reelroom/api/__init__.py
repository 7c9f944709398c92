"""The HTTP doors. Outside words come in here and go no further: `translate.py` makes ours of them."""

"""Sign and deliver notices to a customer's callback address."""

from reelroom.callbacks.delivery import deliver
from reelroom.callbacks.notice import BadAddressError, Notice, envelope

__all__ = ["BadAddressError", "Notice", "deliver", "envelope"]

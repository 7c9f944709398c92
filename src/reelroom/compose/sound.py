"""Mixed sound as numbers."""

from typing import Final

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]  # of 2 channels, samples at 48 kHz; full scale is 1

CHANNELS: Final = 2


def silence(samples: int) -> Sound:
    """Nothing to be heard."""
    return np.zeros((CHANNELS, samples), np.float32)

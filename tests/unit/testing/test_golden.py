"""The pictures in docs/ are those that the program draws."""

from pathlib import Path

import numpy as np
from PIL import Image

from reelroom.testing.golden import write_all

SHOWN = Path(__file__).parents[3] / "docs" / "design" / "pictures"


def test_the_pictures_in_the_docs_are_up_to_date(tmp_path: Path) -> None:
    made = write_all(tmp_path)
    assert {path.name for path in made} == {path.name for path in SHOWN.glob("*.png")}
    for path in made:
        one, other = (np.asarray(Image.open(p).convert("RGB"), np.float32) for p in (path, SHOWN / path.name))
        assert one.shape == other.shape
        assert np.abs(one - other).mean() < 1.5  # another build of swscale or FreeType rounds differently

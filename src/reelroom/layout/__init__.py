"""Where views stand on the canvas: the five modes as tables."""

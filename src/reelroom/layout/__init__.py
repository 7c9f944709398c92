"""Where views lie on the canvas: a layout, a canvas and a number of views in, rectangles out."""

from reelroom.layout.arrange import Place, arrange, in_drawing_order

__all__ = ["Place", "arrange", "in_drawing_order"]

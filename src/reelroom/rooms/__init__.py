"""The built-in rooms: who publishes and who views, and the HTTP by which they come (WHIP and WHEP).

A room exists while somebody is in it. What publishers send goes packet by packet to viewers and frame by frame to
a `FrameSink`, which is the gateway's journalling.
"""

"""RTP without sockets: packets go in; frames, feedback packets and the next things to do come out.

`receiver.TrackReceiver` is the way from decrypted packets to frames, `sender.ViewerTrack` the way back out to a
viewer. Nothing in here knows the time, a socket or a file: arrival instants are arguments, in nanoseconds.
"""

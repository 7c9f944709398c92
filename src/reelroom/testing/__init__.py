"""Generated media, content checks and fakes: for our own tests and for whoever builds on Reelroom."""

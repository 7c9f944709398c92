"""Tests of reelroom.rtp; a package, so that its helpers can be imported and its file names stay its own."""

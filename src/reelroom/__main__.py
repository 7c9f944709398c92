"""`python -m reelroom`."""

from reelroom.cli import main

if __name__ == "__main__":
    main()

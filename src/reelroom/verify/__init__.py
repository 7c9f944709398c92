"""Looks a finished file over and says what is wrong with it, in words. Knows nothing of how it was made."""

from reelroom.verify.examine import verify_file
from reelroom.verify.report import Finding, Limits, Report

__all__ = ["Finding", "Limits", "Report", "verify_file"]

"""What was found in a file."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is a fault. Seconds, but `sync_ms`."""

    still_s: float = 10.0  # a picture that stands still, is black, or sound that is silent
    video_gap_s: float = 1.0
    audio_gap_s: float = 0.1
    keyframe_gap_s: float = 15.0  # publishers are asked for one each 10 s
    uneven_s: float = 1.0  # by which one track may outlast the other
    sync_ms: float = 80.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. A fault makes the file a bad one; everything else is only worth knowing."""

    words: str
    fault: bool = True


@dataclass(slots=True)
class Report:
    """Everything about one file. duration_s: of what could be decoded."""

    name: str
    duration_s: float = 0.0
    tracks: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Without any fault."""
        return not any(finding.fault for finding in self.findings)

    def fault(self, words: str) -> None:
        """Something is wrong."""
        self.findings.append(Finding(words))

    def note(self, words: str) -> None:
        """Something is worth knowing."""
        self.findings.append(Finding(words, fault=False))

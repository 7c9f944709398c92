"""Starts recorders and the gateway, watches them, finds them again.

The database is the truth: `reconcile.py` starts a recorder for every task that has something left to do and none.
Where recorders run is the engine's affair; everything else speaks to the four calls of `interface.py`.
"""

from reelroom.engine.embedded import EmbeddedEngine
from reelroom.engine.gateway_keeper import GatewayKeeper
from reelroom.engine.interface import Engine, Loss
from reelroom.engine.reconcile import Reconciler

__all__ = ["EmbeddedEngine", "Engine", "GatewayKeeper", "Loss", "Reconciler"]

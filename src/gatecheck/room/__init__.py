"""The clean room: slots that hold the two trees, the tools to run programs over them, and the proof that nothing else moved."""

from gatecheck.room.absent import refuse as refuse_absent
from gatecheck.room.blobs import remove as erase
from gatecheck.room.guard import look, moved
from gatecheck.room.opening import open_room
from gatecheck.room.room import Room
from gatecheck.room.stage import Stage
from gatecheck.room.where import Where

__all__ = ["Room", "Stage", "Where", "erase", "look", "moved", "open_room", "refuse_absent"]

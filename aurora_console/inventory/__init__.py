from aurora_console.inventory.command import inventory_command
from aurora_console.inventory.compare import InventoryError, take_inventory
from aurora_console.inventory.render import VIEWS, write_dependency_map

__all__ = ["VIEWS", "InventoryError", "inventory_command", "take_inventory", "write_dependency_map"]

"""Program synthesis: from input/output examples to the smallest program that explains them."""

from aurora_synthesis.search import Answer, Limits, search
from aurora_synthesis.task import Task, TaskError, read_task

__all__ = ["Answer", "Limits", "Task", "TaskError", "read_task", "search"]

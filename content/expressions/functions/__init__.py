"""The functions of ODK's expressions, by topic; `table.FUNCTIONS` has them all once the topics are imported."""

from content.expressions.functions import choices, dates, geo, logic, nodes, numbers, strings
from content.expressions.functions.table import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Function", "choices", "dates", "geo", "logic", "nodes", "numbers", "strings"]

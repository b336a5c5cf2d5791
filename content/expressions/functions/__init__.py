"""The functions of ODK's expressions, by topic; importing a topic enters it into the table."""

from content.expressions.functions import choices, dates, geo, logic, nodes, numbers, strings
from content.expressions.functions.table import FUNCTIONS, Function

__all__ = ["FUNCTIONS", "Function", "choices", "dates", "geo", "logic", "nodes", "numbers", "strings"]

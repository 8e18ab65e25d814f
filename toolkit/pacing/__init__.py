"""When to send, and what to do after an answer or the lack of one. Pure: every time is told, none is read.

retry     what follows an answer, or the lack of one
budget    how many requests may leave, and when
windows   what is left of the company's limit
tiers     limits that some routes have beside it
"""

from toolkit.pacing.budget import ASSUMED_LIMIT, PLAN_LIMITS, Budget, Usage, minutes_needed
from toolkit.pacing.retry import (
    MAX_ATTEMPTS,
    Ask,
    Clock,
    GiveUp,
    Verdict,
    Wait,
    decide,
    is_lost,
    is_told_to_wait,
    told_to_wait,
)
from toolkit.pacing.tiers import Tiers, is_tier_alone, route_of

__all__ = [
    "ASSUMED_LIMIT",
    "MAX_ATTEMPTS",
    "PLAN_LIMITS",
    "Ask",
    "Budget",
    "Clock",
    "GiveUp",
    "Tiers",
    "Usage",
    "Verdict",
    "Wait",
    "decide",
    "is_lost",
    "is_tier_alone",
    "is_told_to_wait",
    "minutes_needed",
    "route_of",
    "told_to_wait",
]

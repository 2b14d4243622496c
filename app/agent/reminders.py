"""What an agent is told while its steps run out: at the end of a request, so that providers know all before it already."""

from app.agent.model import Reminder

SOON, NOW = 80, 95
"""So many parts of a hundred of the steps are used."""
FEW_LEFT = "You have used {used} of your {budget} steps. Use what is left for what matters most, and leave one for the answer."
LAST_LEFT = "You have used {used} of your {budget} steps: only {left} left. Begin nothing new; answer with what you have."
NONE_LEFT = "You have used all your steps. Answer now, in text, with what you have, and say what is missing."


def reminder(used: int, budget: int) -> Reminder | None:
    """Return what to say before the next step when `used` of `budget` are behind; None while there are plenty."""
    if used >= budget:
        return Reminder(NONE_LEFT)
    if used * 100 >= budget * NOW:
        return Reminder(LAST_LEFT.format(used=used, budget=budget, left=budget - used))
    if used * 100 >= budget * SOON:
        return Reminder(FEW_LEFT.format(used=used, budget=budget))
    return None

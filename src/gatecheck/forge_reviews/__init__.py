"""Reviews that people gave on a forge, where a policy takes them in the place of signatures.

They are weaker than a signature: the forge's word is believed, and whoever holds a reviewer's account or token is that reviewer.
"""

from gatecheck.forge_reviews.asking import TOKENS, ask
from gatecheck.forge_reviews.limits import Limits
from gatecheck.forge_reviews.review import PassedOver, Review, Reviews

__all__ = ["TOKENS", "Limits", "PassedOver", "Review", "Reviews", "ask"]

"""How sure a share is that was counted."""

import math

Z95 = 1.959964  # standard deviations that hold 95 % of a normal distribution


def wilson(hits: float, count: int) -> tuple[float, float]:
    """Where a true share lies, 95 times of 100 (Wilson 1927), also where all or none of the counted ones are hits.

    The ends are the shares p with |hits / count - p| = Z95 sqrt(p (1 - p) / count); of none counted 0 and 1.
    """
    if count == 0:
        return 0.0, 1.0
    share, z2 = hits / count, Z95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    reach = Z95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)

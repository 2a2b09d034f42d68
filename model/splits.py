"""Which pictures to judge by: some of every label's, chosen by a seed and by nothing else."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence


def split_by_label(names: Sequence[str], labels: Sequence[tuple[int, ...]], seed: int, share: float) -> list[bool]:
    """Choose the validation pictures, so that of each label about the same share is chosen.

    Every picture gets a place in line from the seed and its own name, so the choice depends neither
    on the order of the pictures nor, but for the odd one, on the others: adding a picture moves few.
    Of a label with one picture none is chosen, of one with more at least one, and never all. With
    several labels a picture the shares are approximate, and only "never all" is certain: labels are
    served rarest first (Sechidis et al. 2011).

    Args:
        names: one per picture, all different
        labels: of each picture, one or several
        seed: any integer
        share: of each label's pictures, between 0 and 1

    Returns:
        whether each picture is for validation
    """
    key = seed.to_bytes(16, "little", signed=True)
    line = sorted(range(len(names)), key=lambda i: hashlib.blake2b(names[i].encode(), key=key).digest())
    members: dict[int, list[int]] = defaultdict(list)
    for index in line:
        for label in labels[index]:
            members[label].append(index)
    chosen: list[bool | None] = [None] * len(names)
    taken: Counter[int] = Counter()
    for label in sorted(members, key=lambda one: (len(members[one]), one)):
        total = len(members[label])
        wanted = 0 if total == 1 else min(max(round(share * total), 1), total - 1)
        for index in members[label]:
            if chosen[index] is None:
                spared = all(taken[one] + 1 < len(members[one]) for one in labels[index])
                chosen[index] = taken[label] < wanted and spared
                if chosen[index]:
                    taken.update(labels[index])
    return [bool(one) for one in chosen]

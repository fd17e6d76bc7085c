"""Units as files and carriers name them."""

from collections import Counter

from huhang.network.models import OrgUnit


def codes_by_name() -> dict[str, str]:
    """Every code, and every name that only one unit bears, → the unit's code."""
    units = list(OrgUnit.objects.values_list("code", "name"))
    times = Counter(name for _, name in units)
    names = {name: code for code, name in units if times[name] == 1}
    return names | {code: code for code, _ in units}

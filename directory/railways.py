"""What the lines are called that stop nearby."""

import re

from directory.model import Directory


def railways(directory: Directory) -> set[str]:
    """西武新宿線 is also 西武線, 新宿線 and 西武; JR中央・総武線 also 中央線 and 総武線."""
    companies = set(directory.railway_companies)
    company = re.compile("|".join(sorted(companies, key=len, reverse=True)) or "(?!)")
    called = companies | {f"{one}線" for one in companies}
    for name in {re.sub(r"\(.*\)", "", line) for station in directory.stations for line in station.lines}:
        bare = company.sub("", name, count=1)
        called |= {
            name,
            bare,
            bare.replace("・", ""),
            *(f"{one.removesuffix('線')}線" for one in bare.split("・")),
        }
    return called | {line.lower() for line in called}

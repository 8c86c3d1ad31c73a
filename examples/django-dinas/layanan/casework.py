from functools import cache

from casework_flow import Casework, Office
from django.db import connection


@cache
def casework() -> Casework:
    """The one front door of this process; all threads share it."""
    office = Office(agency="Dinas Sosial Kabupaten Contoh", place="Kota Contoh")
    return Casework(f"sqlite:///{connection.settings_dict['NAME']}", office=office)


def inside() -> Casework:
    """The same verbs in the transaction that Django has begun."""
    return casework().within(connection)

from casework_flow import migrate
from django.apps import AppConfig
from django.db import connection, transaction
from django.db.models.signals import post_migrate


def prepare(**_: object) -> None:
    """After ``manage.py migrate``: our tables as the installed release wants them, and the office."""
    from .casework import casework

    with transaction.atomic():
        migrate(connection)
    casework()


class LayananConfig(AppConfig):
    name = "layanan"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(prepare, sender=self)

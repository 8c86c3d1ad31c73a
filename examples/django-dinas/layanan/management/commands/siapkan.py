from django.contrib.auth.models import User
from django.core.management.base import BaseCommand

from layanan.casework import casework


class Command(BaseCommand):
    help = "Pegawai contoh: supervisor sup dan praktikan rina, masing-masing dengan kata sandi contoh."

    def handle(self, *args: object, **options: object) -> None:
        cw = casework()
        cw.add_staff("sup", full_name="Supervisor Contoh", role="supervisor")
        cw.add_staff("rina", full_name="Rina Contoh", role="practicum_student", supervisor="sup")
        for name in ("sup", "rina"):
            User.objects.create_user(name, password="contoh")
        self.stdout.write("Pegawai contoh: sup, rina.")

from django.contrib.auth.models import User
from django.test import TestCase

from .casework import inside
from .models import Keluarga

KLIEN = {
    "tanggal": "2025-03-03",
    "nama": "Sarma Contoh",
    "inisial": "SC",
    "jenis_kelamin": "female",
    "tanggal_lahir": "1992-08-12",
    "nik": "1216065208929999",
    "desa": "Desa Contoh",
}


class KasusTest(TestCase):
    """Each test is one transaction that Django rolls back; our rows go with it."""

    @classmethod
    def setUpTestData(cls) -> None:
        inside().add_staff("rina", full_name="Rina Contoh", role="social_worker")
        cls.rina = User.objects.create_user("rina")

    def setUp(self) -> None:
        self.client.force_login(self.rina)

    def test_a_new_family_has_a_case_page(self) -> None:
        page = self.client.post("/baru/", KLIEN, follow=True)
        self.assertContains(page, "Syarat untuk tahap berikutnya")
        self.assertEqual(Keluarga.objects.get().tahap, "engagement")

    def test_a_fault_in_the_clients_record_leaves_neither_case_nor_family(self) -> None:
        page = self.client.post("/baru/", {**KLIEN, "nik": "1"})
        self.assertContains(page, "NIK")
        self.assertEqual((Keluarga.objects.count(), len(inside().list())), (0, 0))

    def test_a_refused_move_says_why_and_changes_nothing(self) -> None:
        self.client.post("/baru/", KLIEN)
        number = Keluarga.objects.get().kasus
        page = self.client.post(f"/kasus/{number}/lanjut/", {"tanggal": "2025-03-03"}, follow=True)
        self.assertContains(page, 'class="error"')
        self.assertEqual([event["kind"] for event in inside().history(number)], ["opened"])

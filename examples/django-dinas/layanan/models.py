from django.db import models


class Keluarga(models.Model):
    """A family that the office serves; its case is known by the number."""

    nama = models.CharField("nama kepala keluarga", max_length=100)
    desa = models.CharField(max_length=100)
    kasus = models.CharField("nomor kasus", max_length=40, unique=True)
    tahap = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.nama} ({self.kasus})"


class Bantuan(models.Model):
    """Aid that is promised when a case goes on to its next stage; never more than the office may give."""

    keluarga = models.ForeignKey(Keluarga, on_delete=models.PROTECT)
    jumlah = models.PositiveIntegerField("jumlah (rupiah)")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(jumlah__lte=5_000_000), name="pagu_bantuan")]

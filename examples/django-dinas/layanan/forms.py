import yaml
from django import forms


class Tanggal(forms.Form):
    tanggal = forms.DateField(label="Tanggal kerja", widget=forms.DateInput(attrs={"type": "date"}))


class KeluargaBaru(Tanggal):
    nama = forms.CharField(label="Nama klien", max_length=100)
    inisial = forms.CharField(max_length=10)
    jenis_kelamin = forms.ChoiceField(choices=[("female", "perempuan"), ("male", "laki-laki")])
    tanggal_lahir = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    nik = forms.CharField(label="NIK", max_length=16)
    desa = forms.CharField(max_length=100)

    def client(self) -> dict[str, object]:
        """The client's record, as docs/reference/records names its fields."""
        given = self.cleaned_data
        return {
            "name": given["nama"],
            "initials": given["inisial"],
            "sex": given["jenis_kelamin"],
            "birth_date": given["tanggal_lahir"],
            "nik": given["nik"],
            "address": {"detail": given["desa"]},
            "data_basis": "public_service_task",
            "pkh_status": "active",
            "literacy": "literate",
        }


class Catatan(Tanggal):
    """Any record, in the form of the files that ``casework new`` makes."""

    jenis = forms.CharField(widget=forms.HiddenInput)
    isi = forms.CharField(label="Isi catatan", widget=forms.Textarea(attrs={"rows": 16}))

    def clean_isi(self) -> object:
        """The record's fields; a list for a record that may have many."""
        try:
            return yaml.safe_load(self.cleaned_data["isi"])
        except yaml.YAMLError as error:
            raise forms.ValidationError("Isi ini tidak dapat dibaca sebagai YAML.") from error


class Lanjut(Tanggal):
    bantuan = forms.IntegerField(
        label="Bantuan yang dijanjikan (rupiah)", min_value=0, max_value=10**9, required=False
    )

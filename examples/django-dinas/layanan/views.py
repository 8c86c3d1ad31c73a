from collections.abc import Callable
from typing import Any

from casework_flow import Casework, CaseworkError, NotFound, Refused
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from .casework import inside
from .forms import Catatan, KeluargaBaru, Lanjut, Tanggal
from .models import Bantuan, Keluarga


@login_required
@transaction.atomic
def families(request: HttpRequest) -> HttpResponse:
    try:
        own = [case.number for case in inside().list(by=request.user.username)]
    except CaseworkError as no:
        raise PermissionDenied(said(no)) from no
    return render(
        request, "layanan/keluarga.html", {"families": Keluarga.objects.filter(kasus__in=own).order_by("nama")}
    )


@login_required
def new_family(request: HttpRequest) -> HttpResponse:
    form = KeluargaBaru(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():  # the case and the family, or neither
                case = inside().open(
                    "pkh-economic", client=form.client(), by=request.user.username, at=given["tanggal"]
                )
                Keluarga.objects.create(nama=case.client, desa=given["desa"], kasus=case.number, tahap=case.stage)
        except CaseworkError as error:
            form.add_error(None, said(error))
        else:
            for warning in case.warnings:
                messages.warning(request, warning.say("id"))
            return redirect("kasus", case.number)
    return render(request, "layanan/formulir.html", {"form": form, "title": "Keluarga baru"})


@login_required
@transaction.atomic
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    family = get_object_or_404(Keluarga, kasus=number)
    cw = admitted(request, number, "case")
    status = cw.status(number)
    titles = {one.record: one.title.say("id") for one in cw.records(number)}
    forward = next((move for move in status.moves if move.move == "advance"), None)
    requirements = forward.requirements if forward else ()
    return render(
        request,
        "layanan/kasus.html",
        {
            "family": family,
            "case": status.case,
            "stage": cw.workflow(number).stages[status.case.stage].title.say("id"),
            "forward": forward,
            "met": list(dict.fromkeys(met_by(one, titles) for one in requirements if one.met)),
            "unmet": [
                {"text": one.message.say("id"), "approve": one.approves, "record": not one.approves and one.fix}
                for one in requirements
                if not one.met
            ],
            "documents": cw.documents(number),
            "form": Lanjut(),
        },
    )


def admitted(request: HttpRequest, number: str, what: str, name: str = "") -> Casework:
    """The office's casework, for somebody who may read this of a case; that they did is kept."""
    cw = inside()
    try:
        cw.admit(number, what, by=request.user.username, name=name)
    except NotFound as lost:
        raise Http404(said(lost)) from lost
    except CaseworkError as no:
        raise PermissionDenied(said(no)) from no
    return cw


def met_by(requirement: Any, titles: dict[str, str]) -> str:
    """What has met a requirement: a record, or the approval of one."""
    if approved := requirement.approves:
        return f"Persetujuan: {titles.get(approved, approved)}"
    return titles.get(requirement.fix, "Syarat lain yang berlaku bagi kasus ini")


@login_required
def record(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    form = Catatan(request.POST or None, initial={"jenis": kind})
    if form.is_valid():
        try:
            with transaction.atomic():
                inside().record(
                    number, kind, form.cleaned_data["isi"], by=request.user.username, at=form.cleaned_data["tanggal"]
                )
        except CaseworkError as error:
            form.add_error(None, said(error))
        else:
            messages.success(request, "Catatan disimpan.")
            return redirect("kasus", number)
    return render(request, "layanan/formulir.html", {"form": form, "title": f"Catatan {kind}", "number": number})


@login_required
@require_POST
def approve(request: HttpRequest, number: str, what: str) -> HttpResponse:
    form = Tanggal(request.POST)

    def work() -> None:
        inside().approve(number, what, by=request.user.username, at=form.cleaned_data["tanggal"])

    return done(request, number, form, work, "Disetujui.")


@login_required
@require_POST
def advance(request: HttpRequest, number: str) -> HttpResponse:
    family = get_object_or_404(Keluarga, kasus=number)
    form = Lanjut(request.POST)

    def work() -> None:
        moved = inside().advance(number, by=request.user.username, at=form.cleaned_data["tanggal"])
        family.tahap = moved.to
        family.save()
        if amount := form.cleaned_data["bantuan"]:
            Bantuan.objects.create(keluarga=family, jumlah=amount)  # more than the limit undoes the move as well

    return done(request, number, form, work, "Kasus beralih ke tahap berikutnya.")


@login_required
@transaction.atomic
def document(request: HttpRequest, number: str, name: str, item: int, version: int) -> HttpResponse:
    cw = admitted(request, number, f"document {name}", name)
    try:
        pdf = cw.document(number, name, item=item or None, version=version).pdf()
    except NotFound as lost:
        raise Http404(said(lost)) from lost
    headers = {"Content-Disposition": f'attachment; filename="{number}-{name}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def done(request: HttpRequest, number: str, form: Tanggal, work: Callable[[], None], well: str) -> HttpResponse:
    """Do ``work`` in one transaction, and say on the case's page what came of it."""
    if not form.is_valid():
        messages.error(request, "Tanggal kerja atau jumlah bantuan belum benar.")
        return redirect("kasus", number)
    try:
        with transaction.atomic():
            work()
    except Refused as no:
        for one in no.unmet or [no]:
            messages.error(request, one.message.say("id"))
    except CaseworkError as error:
        messages.error(request, said(error))
    except IntegrityError:
        messages.error(request, "Bantuan melebihi pagu; kasus tidak beralih.")
    else:
        messages.success(request, well)
    return redirect("kasus", number)


def said(error: CaseworkError) -> str:
    """What is wrong, in Indonesian, with every fault that the error lists."""
    faults = getattr(error, "problems", ())
    return " ".join([error.message.say("id"), *(fault.say("id") for fault in faults)])

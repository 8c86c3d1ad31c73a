from django.urls import path

from . import views

urlpatterns = [
    path("", views.families, name="keluarga"),
    path("baru/", views.new_family, name="keluarga-baru"),
    path("kasus/<str:number>/", views.case_page, name="kasus"),
    path("kasus/<str:number>/catatan/<str:kind>/", views.record, name="catatan"),
    path("kasus/<str:number>/setujui/<str:what>/", views.approve, name="setujui"),
    path("kasus/<str:number>/lanjut/", views.advance, name="lanjut"),
    path("kasus/<str:number>/surat/<str:name>/<int:item>/<int:version>.pdf", views.document, name="surat"),
]

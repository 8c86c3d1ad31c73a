from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [
    path("masuk/", LoginView.as_view(template_name="layanan/masuk.html"), name="masuk"),
    path("", include("layanan.urls")),
]

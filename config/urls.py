"""Where each address leads. Every app brings its own pages and API routes."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("overview.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
]

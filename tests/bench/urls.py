from django.urls import include, path

from tests.bench.bare import BareVisits

urlpatterns = [
    path("bare/", BareVisits.as_view({"post": "create"})),
    path("", include("config.urls")),
]

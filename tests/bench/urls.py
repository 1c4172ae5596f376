from django.urls import include, path

from tests.bench.bare import BareList, BareVisits, bare_frame

urlpatterns = [
    path("bare/frame/", bare_frame),
    path("bare/<slug:model>/", BareList.as_view()),
    path("bare/", BareVisits.as_view({"post": "create"})),
    path("", include("config.urls")),
]

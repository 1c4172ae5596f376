"""The pages of governance: bodies, texts, party members, handover and upkeep."""

from django.urls import path

from governance.pages import bodies, managements, seats

urlpatterns = [
    # Bodies.
    path("bodies/", seats.seats, name="bodies"),
    path("neighbourhoods/<int:pk>/governance/", bodies.governance, name="governance"),
    path("neighbourhoods/<int:pk>/bodies/new/<slug:body_kind>/", bodies.body_new, name="body_new"),
    path("neighbourhoods/<int:pk>/bodies/<int:body>/", bodies.body, name="body"),
    path("neighbourhoods/<int:pk>/bodies/<int:body>/members/<int:membership>/", bodies.body_member, name="body_member"),
    path("neighbourhoods/<int:pk>/management/", managements.managements, name="managements"),
]

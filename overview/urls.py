"""Pages made of several apps: the start page, and the neighbourhoods."""

from django.urls import path

from overview.pages import deferred, home, neighbourhoods

urlpatterns = [
    path("", home.home, name="home"),
    path("neighbourhoods/", neighbourhoods.neighbourhood_list, name="neighbourhoods"),
    path("neighbourhoods/deferred/", deferred.deferred, name="deferred"),
    path("neighbourhoods/new/", neighbourhoods.neighbourhood_register, name="neighbourhood_register"),
    path("neighbourhoods/<int:pk>/", neighbourhoods.neighbourhood_page, name="neighbourhood"),
    path("neighbourhoods/<int:pk>/households/", neighbourhoods.neighbourhood_households, name="households"),
]

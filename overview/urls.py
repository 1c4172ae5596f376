"""Pages made of several apps: the start page, and the neighbourhoods."""

from django.urls import path

from overview.pages import home, neighbourhoods

urlpatterns = [
    path("", home.home, name="home"),
    path("neighbourhoods/", neighbourhoods.neighbourhood_list, name="neighbourhoods"),
]

"""The pages of surveys: results, doors, ledgers, and the work at the doors."""

from django.urls import path

from consent.pages import door_sheet, doors, field, field_data, orders, roll, surveys

urlpatterns = [
    path("surveys/", surveys.survey_list, name="surveys"),
    path("surveys/<int:pk>/", surveys.survey_page, name="survey"),
    path("surveys/<int:pk>/close-round/", surveys.survey_close_round, name="survey_close_round"),
    path("surveys/<int:pk>/close/", surveys.survey_close, name="survey_close"),
    path("surveys/<int:pk>/doors/", doors.survey_doors, name="survey_doors"),
    path("surveys/<int:pk>/ledger/", doors.survey_ledger, name="survey_ledger"),
    path("surveys/<int:pk>/file/", doors.survey_file_download, name="survey_file"),
    path("surveys/<int:pk>/orders/", orders.survey_orders, name="survey_orders"),
    path("surveys/<int:pk>/roll/", roll.survey_roll, name="survey_roll"),
    path("neighbourhoods/<int:pk>/surveys/new/", surveys.survey_open, name="survey_open"),
    path("field/", field.field, name="field"),
    path("field/surveys/<int:pk>/", field.field_survey, name="field_survey"),
    path("field/surveys/<int:pk>/party/", field.field_party, name="field_party"),
    path("field/surveys/<int:pk>/search/", field.field_search, name="field_search"),
    path("field/surveys/<int:pk>/doors/<int:household>/", door_sheet.field_door, name="field_door"),
    path("field/hello/", field_data.field_hello, name="field_hello"),
    path("field/seen/", field_data.field_seen, name="field_seen"),
    path("field/surveys/<int:pk>/pack/", field_data.field_survey_pack, name="field_survey_pack"),
]

"""The pages of fees, below `/fees/`."""

from django.urls import path

from governance.pages.fees import hub

urlpatterns = [
    path("", hub.fees_home, name="fees_home"),
    path("<int:pk>/", hub.fees, name="fees"),
    # Households, bills, receipts.
    # Billing runs and months.
    # Payments and refunds.
    # Prices and reductions.
    # Arrears and reminders.
    # Parking.
    # Statements and payment channels.
    # Rates, disclosure, audits.
]

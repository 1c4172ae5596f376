"""The references: bare views of the same frameworks, signed in the same way as the product."""

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework import mixins, serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import TokenAuthentication
from tests.bench.models import BareRow


class BareRowSerializer(serializers.ModelSerializer):
    class Meta:
        model = BareRow
        fields = ["id", "client_id", "household", "outcome", "given", "respondent", "visited_at", "note"]


class BareVisits(mixins.CreateModelMixin, GenericViewSet):
    queryset = BareRow.objects.all()
    serializer_class = BareRowSerializer
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]


class BareList(APIView):
    """The first rows of a table by their key, each with the table's own columns."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request, model: str) -> Response:
        table = apps.get_model("consent" if model == "publicnotice" else "renovation", model)
        columns = [field.attname for field in table._meta.concrete_fields if field.get_internal_type() != "BinaryField"]
        meta = type("Meta", (), {"model": table, "fields": [name for name in columns if not name.endswith("_id")]})
        serializer = type("Bare", (serializers.ModelSerializer,), {"Meta": meta})
        rows = list(table.objects.order_by("pk")[: int(request.query_params["page_size"])])
        keys = [name for name in columns if name.endswith("_id")]
        shown = serializer(rows, many=True).data
        return Response(
            {
                "results": [
                    {**told, **{key: getattr(row, key) for key in keys}} for told, row in zip(shown, rows, strict=True)
                ]
            }
        )


@login_required
def bare_frame(request: HttpRequest) -> HttpResponse:
    """The site's frame with nothing in it."""
    return render(request, "base.html")
